/** What a `tokenizer.json` of Hugging Face holds, as far as a WordPiece tokenizer needs it. */
export interface TokenizerDefinition {
  /** Version of the file format. */
  version: string;
  /** Ignored: truncation belongs to the caller. */
  truncation: null;
  /** Ignored: padding belongs to the caller. */
  padding: null;
  /** Tokens that are matched in the raw text, before normalisation. */
  added_tokens: readonly AddedToken[];
  /** BERT's normaliser. */
  normalizer: Readonly<Record<string, unknown>>;
  /** BERT's split into words and signs. */
  pre_tokenizer: Readonly<Record<string, unknown>>;
  /** The template `[CLS] text [SEP]`. */
  post_processor: Readonly<Record<string, unknown>>;
  /** Joins word pieces again. */
  decoder: Readonly<Record<string, unknown>>;
  /** The WordPiece model with its vocabulary. */
  model: WordPieceModel;
}

/** One special token of a `tokenizer.json`. */
export interface AddedToken {
  /** Index in the vocabulary. */
  id: number;
  /** The token. */
  content: string;
  /** Match whole words only. */
  single_word: boolean;
  /** Swallow spaces on the left. */
  lstrip: boolean;
  /** Swallow spaces on the right. */
  rstrip: boolean;
  /** Match after normalisation. */
  normalized: boolean;
  /** A token that is no part of the text. */
  special: boolean;
}

/** The `model` part of a WordPiece `tokenizer.json`. */
export interface WordPieceModel {
  /** Always WordPiece. */
  type: "WordPiece";
  /** The token for words that the vocabulary cannot spell. */
  unk_token: string;
  /** Mark of a piece that continues a word. */
  continuing_subword_prefix: string;
  /** Longer words become the unknown token. */
  max_input_chars_per_word: number;
  /** Token to index. */
  vocab: Readonly<Record<string, number>>;
}

const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] as const;

/**
 * Builds the `tokenizer.json` object of an uncased BERT tokenizer from a `vocab.txt`: one token a line, its index
 * the line's number from 0.
 *
 * @param text The content of `vocab.txt`; line ends may be `\n` or `\r\n`, the last one may be missing.
 * @returns The definition, equal to what Hugging Face's `BertTokenizerFast` saves for the same vocabulary.
 * @throws {SyntaxError} If a line is empty, a token is repeated, or one of [PAD], [UNK], [CLS], [SEP] and [MASK]
 * is missing; all of it is told at once.
 *
 * @example A vocabulary of six tokens
 * ```ts ignore
 * const definition = tokenizerFromVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\njump\n");
 * definition.model.vocab["jump"]; // 5
 * ```
 */
export function tokenizerFromVocabulary(text: string): TokenizerDefinition {
  const vocabulary = readVocabulary(text);
  const added = specials
    .map((content): AddedToken => ({
      id: vocabulary.get(content)!,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }))
    .sort((a, b) => a.id - b.id);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single: [special("[CLS]", 0), sequence("A", 0), special("[SEP]", 0)],
      pair: [
        special("[CLS]", 0),
        sequence("A", 0),
        special("[SEP]", 0),
        sequence("B", 1),
        special("[SEP]", 1),
      ],
      special_tokens: Object.fromEntries(
        ["[CLS]", "[SEP]"].map((
          token,
        ) => [token, { id: token, ids: [vocabulary.get(token)!], tokens: [token] }]),
      ),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
  };
}

function readVocabulary(text: string): Map<string, number> {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  const vocabulary = new Map<string, number>();
  const problems: string[] = [];
  lines.forEach((token, index) => {
    const first = vocabulary.get(token);
    if (token === "") problems.push(`line ${index + 1} is empty`);
    else if (first !== undefined) {
      problems.push(`"${token}" stands on lines ${first + 1} and ${index + 1}`);
    } else vocabulary.set(token, index);
  });
  for (const token of specials) if (!vocabulary.has(token)) problems.push(`${token} is missing`);
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).join("; ");
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : "";
    throw new SyntaxError(
      `Cannot read the vocabulary: ${shown}${more}, expected one distinct token a line with ${
        specials.join(", ")
      } among them`,
    );
  }
  return vocabulary;
}

function special(id: string, typeId: number): unknown {
  return { SpecialToken: { id, type_id: typeId } };
}

function sequence(id: string, typeId: number): unknown {
  return { Sequence: { id, type_id: typeId } };
}
