/** `bench --cpu`: the CPU engine's forward pass, beside onnxruntime on Hugging Face's own exports. */
import { measureCpuForward } from "../bench/cpu_forward.ts";
import { frameCount } from "../model/config.ts";
import { note } from "./note.ts";
import { readConfig } from "./read_config.ts";

/** Options of `bench --cpu`. */
export interface BenchCpuOptions {
  /** Measured rounds; figures are medians. */
  rounds: number;
  /** Configuration of the forward pass. */
  config: string;
  /** Folder of the exports; `true` measures ours alone. */
  cpu: string | true;
  /** Print one JSON object. */
  json?: boolean | undefined;
  /** No notes. */
  quiet?: boolean | undefined;
}

const tokens = 40;

/** Measures and prints. */
export async function benchCpuCommand(options: BenchCpuOptions): Promise<void> {
  const { rounds, cpu, json, quiet } = options;
  const config = await readConfig(options.config);
  const exports = cpu === true ? undefined : cpu;
  if (exports === undefined) {
    note("nothing to compare with: name a folder that reference/checkpoint_check.py --exports made", {
      quiet,
    });
  }
  const figures = await measureCpuForward({ config, tokens, rounds, exports });
  const cores = navigator.hardwareConcurrency;
  if (json) {
    console.log(
      JSON.stringify({ config: options.config, tokens, rounds, cores, exports: exports ?? null, ...figures }),
    );
    return;
  }
  const { ours, vitpose, bert, ratio } = figures;
  const line = (name: string, value: number) =>
    console.log(`  ${name.padEnd(44)} ${value.toFixed(0).padStart(6)} ms`);
  console.log(
    `onnxruntime on the CPU, ${cores} cores, configuration ${options.config}, medians of ${rounds}`,
  );
  line(`LAPose, 1 person, ${frameCount(config)} frames, ${tokens} tokens`, ours);
  if (vitpose === null || bert === null || ratio === null) return;
  line(`Hugging Face's ViTPose, ${frameCount(config)} frames`, vitpose);
  line(`Hugging Face's BERT, ${tokens} tokens`, bert);
  console.log(`cpu_vs_huggingface: ${ratio.toFixed(3)}`);
}
