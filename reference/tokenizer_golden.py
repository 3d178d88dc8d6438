"""Golden file of the tokenizer: Hugging Face's BertTokenizerFast on awkward strings.

Run from the project's root:  python reference/tokenizer_golden.py
Needs: transformers, tokenizers. Writes tests/golden/tokenizer.json:

  versions      of the libraries that made it
  definition    what the tokenizer saves as tokenizer.json, its vocabulary left out
  vocabularies  the second vocabulary, in full (the first is text/tiny_vocabulary.txt)
  cases         text; for either vocabulary the indices without truncation (tokens follow from the indices)
  truncated     text, max_length and the indices with truncation
"""
import json
import os
import tempfile
from pathlib import Path

import tokenizers
import transformers
from transformers import BertTokenizerFast

ROOT = Path(__file__).resolve().parent.parent

WORLD = (
    "[PAD] [unused0] [UNK] [CLS] [SEP] [MASK] ! ' ( ) , - . / : ; ? [ ] a b c d e f g h i j k l m n o p q r s t u v "
    "w x y z ##a ##b ##c ##d ##e ##f ##g ##h ##i ##j ##k ##l ##m ##n ##o ##p ##q ##r ##s ##t ##u ##v ##w ##x ##y "
    "##z 0 1 2 ##0 ##1 ##2 中 国 人 跑 步 𠀀 𪜀 日 本 の 人 ##の 語 カ ##タ ##カ ##ナ 한 ##국 и ##г ##р ##а ##ет ##ая "
    "игра ##ющ ##ии α β σ ##σ ς ##ς ο ##ο δ ##δ л ##и й ß ##ß ø ##ø æ ł ##ł đ ı ##ı 😀 ⚽ ##️ € £ ° × – — … “ ” ’ « » "
    "¿ ¡ 、 。 ！ cafe naive jump ##ing ##ed ##er football ##ball foot uber resume i ##̇ ﬁ ﬁ ² ½ ª ##² ب ##ا ا ##ل ل ह ##न "
    "न ไ ##ท ท \u0e22 k å ##k ä ö ü ½"
).split()

TEXTS = [
    "",
    " ",
    "   \t\r\n  ",
    "a player slides for the ball",
    "A Player SLIDES for the BALL.",
    "Two men, wearing red jerseys & black shorts, fight over a ball!",
    "don't stop-moving: it's a half-time (45') break; ok?",
    "He said: \"left hand up\" – then 'right' … done.",
    "mid-air upside-down kick/punch @100% #1 $5 ^_^ ~a~ `b` {c} [d] <e> |f| \\g\\ =h= +i+ *j*",
    "café naïve résumé Über Ångström ÀÉÎÕÜ ñ ç ø æ œ ß ł đ ı İ ẞ",
    "cafe\u0301 nai\u0308ve (decomposed) A\u030a o\u0302\u0323",
    "中国人跑步 jumps 日本語の人",
    "𠀀𪜀𫝀 in the second plane",
    "カタカナ ｶﾀｶﾅ ｆｕｌｌｗｉｄｔｈ Ａ１",
    "한국 사람이 달린다",
    "игра играет играющая ЛИЙ Й",
    "ΟΔΟΣ ΣΟΦΟΣ Σ ς ὈΔΥΣΣΕΎΣ",
    "😀 ⚽️ runner🏃‍♀️running 👨‍👩‍👧 flag🇩🇪",
    "\u200bzero\u200bwidth\u200d joiner \ufeffbom \u00adsoft\u00adhyphen",
    "line\u2028separator\u2029paragraph\u0085next\u00a0nbsp\u3000ideographic\u2003em",
    "tab\tseparated\nlines\r\nand\x0bvertical\x0cfeed",
    "control\x00\x01\x07\x1b[31mchars\x7f\ufffd here",
    "supercalifragilisticexpialidocious antidisestablishmentarianism",
    "x" * 99 + " " + "y" * 100 + " " + "z" * 101,
    "jump" * 25 + " " + "jump" * 26,
    "é" * 100 + " " + "é" * 101,
    "zzzzqqq xkcd qwrtp 12345 3.14159 1,000,000 007",
    "[CLS] a person [SEP] [MASK] [PAD] [UNK] [cls] [Sep]",
    "x[SEP]y [SEP ] [ SEP] [[SEP]]",
    "https://example.org/a?b=c&d=e#f user@example.org",
    "¿Qué? ¡No! «quoted» “curly” ‘single’ „low“ 、。！",
    "€5 £6 ¥7 ¢8 ° × ÷ ± ² ½ ª º µ ™ © ®",
    "ﬁﬂ ligatures Ⅷ ① ㎏ ℃ Å K",
    "بالعربية שלום हिन्दी ไทย ภาษาไทย",
    "a\u0300\u0301\u0302\u0303 z\u0336a\u0336l\u0336g\u0336o",
    "--- ... ___ ,,,, !!!! ?!?!",
    "The left arm of the man in the white shirt is raised, his right knee is bent; he looks towards the goalkeeper.",
    "A woman is jogging on the sidewalk while holding her phone with both hands.",
    "running runner runs ran jumping jumper jumps jumped kicked kicking kneeling unkneeled rebalancing",
    "\u1160 \u115f \u17b5 \u2061 \U000e0041 \ue000 \U000f0000 private",
    "ǅ ǈ ŉ ǰ ΐ ﬀ ﬗ ᾳ ῼ",
]

LONG = "a man jumps over the bench and lands on his left foot , " * 800


def make(vocabulary_file):
    return BertTokenizerFast(vocab=str(vocabulary_file), do_lower_case=True)


def main():
    world = list(dict.fromkeys(WORLD))
    with tempfile.TemporaryDirectory() as folder:
        world_file = Path(folder) / "vocab.txt"
        world_file.write_text("\n".join(world) + "\n", encoding="utf-8")
        tiny, second = make(ROOT / "text" / "tiny_vocabulary.txt"), make(world_file)
        tiny.save_pretrained(folder)
        definition = json.loads((Path(folder) / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = definition["model"].pop("vocab")
    lines = (ROOT / "text" / "tiny_vocabulary.txt").read_text(encoding="utf-8").split()
    assert vocabulary == {token: index for index, token in enumerate(lines)}
    truncated = []
    for text in [TEXTS[3], TEXTS[5], TEXTS[0], LONG]:
        for limit in (2, 3, 7, 9, 40, 128, 512):
            ids = tiny(text, truncation=True, max_length=limit)["input_ids"]
            truncated.append({"text": text if text != LONG else "LONG", "limit": limit, "ids": ids})
    padded = tiny([TEXTS[3], TEXTS[0], TEXTS[5]], padding=True)
    golden = {
        "versions": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__},
        "definition": definition,
        "world": world,
        "cases": [{"text": t, "tiny": tiny(t)["input_ids"], "world": second(t)["input_ids"]} for t in TEXTS],
        "long": {"sentence": LONG[: len(LONG) // 800], "times": 800, "length": len(tiny(LONG)["input_ids"])},
        "truncated": truncated,
        "padded": {
            "texts": [TEXTS[3], TEXTS[0], TEXTS[5]],
            "ids": padded["input_ids"],
            "mask": padded["attention_mask"],
        },
    }
    target = ROOT / "tests" / "golden" / "tokenizer.json"
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    partial.write_text(json.dumps(golden, ensure_ascii=True, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")
    partial.rename(target)
    print(f"{target.relative_to(ROOT)}: {len(TEXTS)} texts, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
