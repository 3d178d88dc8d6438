/** A word, or a mark of punctuation, made of one or several tokens. */
export interface Word {
  /** The word as the model read it. */
  text: string;
  /** Positions of its tokens in the row. */
  tokens: readonly number[];
  /** Whether it stands without a space behind the one before. */
  isJoined: boolean;
  /** Whether it is punctuation. */
  isMark: boolean;
}

/** Tokens that stand for no word. */
const special: ReadonlySet<string> = new Set(["[CLS]", "[SEP]", "[PAD]", "[MASK]"]);

/** Marks that cling to the word before them. */
const closing = /^[,.;:!?%)\]}'’”…]$/;

/** Marks that the next word clings to. */
const opening = /^[([{“‘$#]$/;

/** Marks that join the words on both sides. */
const linking = /^[-–/'’_&]$/;

/**
 * Merges the pieces of WordPiece back into words: `slid`, `##ing` become `sliding`. Special tokens are left out.
 *
 * @param tokens Tokens of one text in order; N at most.
 * @returns The words and marks in order, spaced as a reader expects them.
 */
export function mergePieces(tokens: readonly string[]): Word[] {
  const words: (Word & { tokens: number[] })[] = [];
  tokens.forEach((token, position) => {
    if (special.has(token)) return;
    const last = words.at(-1);
    const isPiece = token.startsWith("##") && token.length > 2;
    if (isPiece && last !== undefined && last.tokens.at(-1) === position - 1) {
      last.text += token.slice(2);
      last.tokens.push(position);
      return;
    }
    const text = isPiece ? token.slice(2) : token;
    words.push({
      text,
      tokens: [position],
      isJoined: last !== undefined && isJoined(last.text, text),
      isMark: !/[\p{L}\p{N}]/u.test(text),
    });
  });
  return words;
}

function isJoined(before: string, text: string): boolean {
  return closing.test(text) || linking.test(text) || opening.test(before) || linking.test(before);
}
