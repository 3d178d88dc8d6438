import vocabulary from "./tiny_vocabulary.txt" with { type: "text" };

/**
 * The vocabulary that ships for the `tiny` configuration: 1,494 WordPiece entries, one a line, made for
 * descriptions of people and what they do; every ASCII letter, digit and sign is in it, so that any English word
 * can be spelled.
 */
export const tinyVocabulary: string = vocabulary;
