import { checkAnswer } from "./answer.ts";
import type { ApiKey } from "./api_key.ts";
import { DescriptionError } from "./description_error.ts";
import { chatEndpoint, type Endpoint } from "./endpoint.ts";
import { exchange, networkError } from "./exchange.ts";
import { checkOllamaContext, ollamaFingerprint, ollamaStateRoute } from "./ollama_context.ts";
import { readText } from "./read_limited.ts";
import { largestAnswer, readReply } from "./reply.ts";
import { chatRequest, isWithoutFactsEnough, type Question, type RequestOptions } from "./request.ts";
import { Pace, retrying, type RetryOptions } from "./retry.ts";
import { statusError, statusText } from "./status_error.ts";

/** How a server is asked. */
export interface ChatServerOptions extends RequestOptions, RetryOptions {
  /** The server's key. */
  key?: ApiKey | undefined;
  /**
   * Longest time of one try, from the question to the end of the answer, in milliseconds.
   *
   * @default {180000}
   */
  timeout?: number;
  /** Hears what a user should know. */
  onNotice?: ((text: string) => void) | undefined;
  /** Ends everything under way. */
  signal?: AbortSignal | undefined;
}

/** An OpenAI-compatible server that shows pictures to a model. */
export class ChatServer {
  /** Protocol, host and port. */
  readonly origin: string;
  /** Ends everything under way. */
  readonly signal: AbortSignal | undefined;
  readonly #endpoint: Endpoint;
  readonly #options: ChatServerOptions;
  readonly #pace = new Pace();
  #model: Promise<string> | undefined;
  #takesVideoFacts = true;

  /**
   * Prepares a server; nothing is sent yet.
   *
   * @param url The server, its base URL or its chat route; see {@linkcode chatEndpoint}.
   * @param options How it is asked.
   * @throws {TypeError} If the URL cannot be used.
   */
  constructor(url: string, options: ChatServerOptions = {}) {
    this.#endpoint = chatEndpoint(url);
    this.origin = this.#endpoint.origin;
    this.signal = options.signal;
    this.#options = { ...options, onNotice: once(options.onNotice) };
    const { hostname, protocol } = this.#endpoint.chat;
    if (options.key && protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) {
      this.#options.onNotice?.(`the key goes to ${this.origin} unencrypted (http), expected https`);
    }
  }

  /**
   * Asks one question, again where that may help.
   *
   * @param question Model, prompt and pictures.
   * @returns A checked description, one paragraph.
   * @throws {DescriptionError} If no description comes of it.
   */
  async ask(question: Question): Promise<string> {
    const request = await chatRequest(question, this.#options);
    const mayGoWithout = request.media_io_kwargs !== undefined &&
      isWithoutFactsEnough(question, this.#options);
    if (mayGoWithout && !this.#takesVideoFacts) delete request.media_io_kwargs;
    try {
      return await this.#answer(question, JSON.stringify(request));
    } catch (error) {
      if (!mayGoWithout || !(error instanceof DescriptionError)) throw error;
      if (!/ status 4\d\d: .*\bmedia_io_kwargs\b/.test(error.message)) throw error;
    }
    this.#takesVideoFacts = false;
    this.#options.onNotice?.(
      `the server ${this.origin} refuses media_io_kwargs: the model is not told when the frames were taken`,
    );
    const { media_io_kwargs: _, ...rest } = request;
    return await this.#answer(question, JSON.stringify(rest));
  }

  /**
   * Finds the model to ask where none was named: the one that the server holds. The server is asked once.
   *
   * @returns The model's name.
   * @throws {DescriptionError} If the server does not say, or holds several.
   */
  onlyModel(): Promise<string> {
    this.#model ??= this.#patiently(async (signal) => {
      const response = await this.#send(this.#endpoint.models, signal);
      const text = await this.#read(response, (response) => readText(response, largestAnswer), signal);
      return onlyModelIn(text, this.origin);
    });
    return this.#model;
  }

  async #answer(question: Question, body: string): Promise<string> {
    return await this.#patiently(async (signal) => {
      const response = await this.#send(this.#endpoint.chat, signal, body);
      const { text, fingerprint } = await this.#read(response, readReply, signal);
      const answer = checkAnswer(text);
      if (this.#options.key?.isIn(answer)) throw new DescriptionError("the answer holds the server's key");
      if (fingerprint === ollamaFingerprint) await this.#checkOllamaContext(question, signal);
      return answer;
    });
  }

  /** Refuses an answer to what Ollama left of a question. */
  async #checkOllamaContext(question: Question, signal: AbortSignal): Promise<void> {
    const route = ollamaStateRoute(this.#endpoint.chat);
    if (route === undefined) return;
    let state: string;
    try {
      const response = await this.#send(route, signal);
      state = await this.#read(response, (response) => readText(response, largestAnswer), signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof DescriptionError)) throw error;
      return; // a server between may hide the route
    }
    checkOllamaContext(state, question);
  }

  async #patiently<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { key, timeout = 180_000, signal } = this.#options;
    try {
      return await retrying(() => withDeadline(action, { timeout, signal, origin: this.origin }), {
        ...this.#options,
        pace: this.#pace,
      });
    } catch (error) {
      if (!(error instanceof DescriptionError) || key === undefined) throw error;
      throw new DescriptionError(key.scrub(error.message), { fatal: error.fatal });
    }
  }

  async #send(url: URL, signal: AbortSignal, body?: string): Promise<Response> {
    const { key, stream, onNotice } = this.#options;
    const accept = stream && body !== undefined ? "text/event-stream, application/json" : "application/json";
    const response = await exchange(url, {
      accept,
      key,
      signal,
      onNotice,
      ...(body === undefined ? {} : { body }),
    });
    if (response.ok) return response;
    const said = await this.#read(response, statusText, signal).catch(() => "");
    throw statusError(this.origin, response, said);
  }

  async #read<T>(
    response: Response,
    read: (response: Response) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    try {
      return await read(response);
    } catch (error) {
      if (error instanceof DescriptionError || signal.aborted) throw error;
      throw networkError("the answer breaks off", error, this.#options.key);
    }
  }
}

async function withDeadline<T>(
  action: (signal: AbortSignal) => Promise<T>,
  options: { timeout: number; signal: AbortSignal | undefined; origin: string },
): Promise<T> {
  const { timeout, signal, origin } = options;
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  try {
    return await action(signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!deadline.signal.aborted) throw error;
    throw new DescriptionError(`the server ${origin} gives no answer within ${timeout / 1000} s`, {
      retry: true,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Tells everything once, however many requests it concerns. */
function once(tell: ((text: string) => void) | undefined): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (!told.has(text)) tell?.(text);
    told.add(text);
  };
}

function onlyModelIn(text: string, origin: string): string {
  let names: unknown[] = [];
  try {
    const { data } = JSON.parse(text) as { data?: { id?: unknown }[] };
    names = (data ?? []).map((model) => model.id);
  } catch {
    // reported below, as a list without names
  }
  const models = names.filter((name) => typeof name === "string" && name !== "");
  if (models.length === 1) return models[0] as string;
  const found = models.length === 0
    ? "names no model"
    : `has ${models.length} models (${models.slice(0, 8).join(", ")})`;
  throw new DescriptionError(`the server ${origin} ${found}, expected the name of the one to ask`, {
    fatal: true,
  });
}
