/** True where BERT puts spaces around a character: CJK ideographs outside the basic plane. */
const supplementaryIdeograph =
  /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/**
 * Evens out where the tokenizer library's BERT normaliser leaves the reference.
 *
 * The library looks at UTF-16 units, so that ideographs beyond U+FFFF get no spaces; and it lowers the whole text
 * at once, so that a Greek sigma at the end of a word becomes "ς" where the reference, which lowers character by
 * character, gives "σ". Lone surrogates, which are no text, become U+FFFD, and BERT drops those.
 *
 * @param text Any string.
 * @param normalizer The `normalizer` entry of tokenizer.json; other normalisers than BERT's get the text as it is.
 * @returns Text on which library and reference agree.
 */
export function repairForNormalizer(text: string, normalizer: unknown): string {
  const wellFormed = text.toWellFormed();
  if (typeof normalizer !== "object" || normalizer === null) return wellFormed;
  const { type, handle_chinese_chars, lowercase } = normalizer as Record<string, unknown>;
  if (type !== "BertNormalizer") return wellFormed;
  let repaired = wellFormed;
  if (handle_chinese_chars) repaired = repaired.replace(supplementaryIdeograph, " $& ");
  if (lowercase) repaired = repaired.replace(/Σ/g, "σ");
  return repaired;
}
