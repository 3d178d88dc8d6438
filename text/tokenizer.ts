/**
 * Descriptions to token indices, as uncased BERT reads them.
 *
 * This folder holds the tokenizer and the vocabulary that ships with the package; it knows nothing of tensors on a
 * device, of models or of where a description comes from.
 */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { repairForNormalizer } from "./repair_text.ts";
import { tokenizerFromVocabulary } from "./vocabulary.ts";

/** How texts are made into rows of equal length. */
export interface EncodeOptions {
  /** Longest row, in tokens, [CLS] and [SEP] included; longer texts lose their end, never the [SEP]. At least 2. */
  maxTokens: number;
  /**
   * Length of every row, in tokens, at most `maxTokens`. Texts that need more are truncated to it.
   *
   * @default {the longest row of the batch}
   */
  padTo?: number;
}

/** A batch of B encoded texts, N tokens each. */
export interface Encoding {
  /** Vocabulary indices [B, N], [PAD] behind each text. */
  inputIds: Int32Array;
  /** 1 for a token, 0 for padding [B, N]. */
  attentionMask: Int32Array;
  /** [B, N]. */
  shape: [number, number];
  /** The tokens of each text, [CLS] and [SEP] included, padding left out. */
  tokens: string[][];
  /** Length of each text before truncation, in tokens, [CLS] and [SEP] included. */
  fullLengths: number[];
  /** Whether each text lost its end. */
  truncated: boolean[];
}

/** An uncased WordPiece tokenizer. */
export interface Tokenizer {
  /** The tokenizer as the text of a `tokenizer.json`, for storing beside weights. */
  readonly json: string;
  /** Highest vocabulary index plus one: the rows that a word embedding needs. */
  readonly vocabularySize: number;
  /** Index of [CLS]. */
  readonly clsId: number;
  /** Index of [SEP]. */
  readonly sepId: number;
  /** Index of [PAD]. */
  readonly padId: number;
  /**
   * Encodes one text or a batch.
   *
   * @param text One text (B = 1) or B texts; the empty text is [CLS] [SEP].
   * @param options Limits, in tokens.
   * @returns Rows of equal length with their masks.
   * @throws {TypeError} If a text is not a string or the batch is empty.
   * @throws {RangeError} If a limit is no integer or out of bounds.
   */
  encode(text: string | readonly string[], options: EncodeOptions): Encoding;
}

/**
 * Makes a tokenizer from the text of a `tokenizer.json` or of a `vocab.txt`.
 *
 * @param source The file's content; content that begins with a brace is taken for `tokenizer.json`.
 * @returns The tokenizer; on the same text it gives the indices that Hugging Face's `BertTokenizerFast` gives.
 * @throws {TypeError} If `source` is not a string, or describes another tokenizer than BERT's WordPiece.
 * @throws {SyntaxError} If `source` cannot be parsed.
 */
export function createTokenizer(source: string): Tokenizer {
  if (typeof source !== "string") {
    throw new TypeError(
      `Cannot make a tokenizer: found ${kindOf(source)}, expected the text of a tokenizer.json or vocab.txt`,
    );
  }
  const isJson = source.replace(/^\uFEFF/, "").trimStart().startsWith("{");
  return new WordPieceTokenizer(isJson ? parseDefinition(source) : tokenizerFromVocabulary(source));
}

class WordPieceTokenizer implements Tokenizer {
  readonly json: string;
  readonly vocabularySize: number;
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #normalizer: unknown;

  constructor(definition: object) {
    this.json = JSON.stringify(definition);
    this.#normalizer = "normalizer" in definition ? definition.normalizer : null;
    try {
      this.#tokenizer = new HuggingFaceTokenizer(definition, {});
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new TypeError(`Cannot make a tokenizer from tokenizer.json: ${reason}`, { cause: error });
    }
    this.clsId = this.#idOf("[CLS]");
    this.sepId = this.#idOf("[SEP]");
    this.padId = this.#idOf("[PAD]");
    this.vocabularySize = 1 + this.#tokenizer.get_vocab().values().reduce((a, b) => Math.max(a, b), -1);
    const frame = this.#tokenizer.encode("").tokens;
    if (frame.length !== 2 || frame[0] !== "[CLS]" || frame[1] !== "[SEP]") {
      throw new TypeError(
        `Cannot use the tokenizer: the empty text gives ${JSON.stringify(frame)}, expected ["[CLS]","[SEP]"]`,
      );
    }
  }

  encode(text: string | readonly string[], options: EncodeOptions): Encoding {
    const texts = typeof text === "string" ? [text] : text;
    checkTexts(texts);
    const limit = checkLimits(options);
    const encoded = texts.map((text) => this.#encodeOne(text));
    const rows = encoded.map(({ ids }) => truncate(ids, limit));
    const n = options.padTo ?? Math.max(...rows.map((row) => row.length));
    const inputIds = new Int32Array(texts.length * n).fill(this.padId);
    const attentionMask = new Int32Array(texts.length * n);
    rows.forEach((row, b) => {
      inputIds.set(row, b * n);
      attentionMask.fill(1, b * n, b * n + row.length);
    });
    return {
      inputIds,
      attentionMask,
      shape: [texts.length, n],
      tokens: encoded.map(({ tokens }) => truncate(tokens, limit)),
      fullLengths: encoded.map(({ ids }) => ids.length),
      truncated: encoded.map(({ ids }) => ids.length > limit),
    };
  }

  #encodeOne(text: string): { ids: number[]; tokens: string[] } {
    return this.#tokenizer.encode(repairForNormalizer(text, this.#normalizer));
  }

  #idOf(token: string): number {
    const id = this.#tokenizer.token_to_id(token);
    if (id === undefined) {
      throw new TypeError(`Cannot use the tokenizer: its vocabulary has no ${token}, expected one of BERT's`);
    }
    return id;
  }
}

function parseDefinition(source: string): object {
  let definition: unknown;
  try {
    definition = JSON.parse(source.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new SyntaxError(`Cannot parse tokenizer.json: ${(error as Error).message}`, { cause: error });
  }
  const model = (definition as { model?: { type?: unknown; vocab?: unknown } }).model;
  if (
    typeof model !== "object" || model === null || typeof model.vocab !== "object" || model.vocab === null
  ) {
    throw new TypeError("Cannot use tokenizer.json: it has no model with a vocabulary, expected WordPiece");
  }
  if (model.type !== undefined && model.type !== "WordPiece") {
    throw new TypeError(`Cannot use tokenizer.json: its model is ${String(model.type)}, expected WordPiece`);
  }
  return {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...(definition as object),
    truncation: null,
    padding: null,
  };
}

function checkTexts(texts: readonly string[]): void {
  if (!Array.isArray(texts)) {
    throw new TypeError(
      `Cannot encode the text: found ${kindOf(texts)}, expected a string or an array of strings`,
    );
  }
  if (texts.length === 0) {
    throw new TypeError("Cannot encode an empty batch: found 0 texts, expected at least 1");
  }
  texts.forEach((text: unknown, b) => {
    if (typeof text !== "string") {
      throw new TypeError(`Cannot encode text ${b}: found ${kindOf(text)}, expected a string`);
    }
  });
}

function checkLimits({ maxTokens, padTo }: EncodeOptions): number {
  if (!Number.isInteger(maxTokens) || maxTokens < 2) {
    throw new RangeError(
      `Cannot encode with maxTokens: found ${maxTokens}, expected an integer of at least 2 ([CLS] and [SEP])`,
    );
  }
  if (padTo === undefined) return maxTokens;
  if (!Number.isInteger(padTo) || padTo < 2 || padTo > maxTokens) {
    throw new RangeError(
      `Cannot encode with padTo: found ${padTo}, expected an integer from 2 to ${maxTokens}`,
    );
  }
  return padTo;
}

/** Keeps [CLS], the beginning and [SEP]. */
function truncate<T>(row: T[], limit: number): T[] {
  return row.length <= limit ? row : [...row.slice(0, limit - 1), row[row.length - 1]];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
}
