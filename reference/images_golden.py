"""Golden image files: one of each kind that a user may have, and the RGB bytes that Pillow reads from it.

Run from the project's root:  python reference/images_golden.py
Needs: pillow, numpy, and ffmpeg for the interlaced file. Writes tests/golden/images/*: small image files, and
expected.json with, for each, size, mode of comparison ("exact" or the largest difference allowed) and the RGB bytes in
base64: what Image.open(file).convert("RGB") gives, so transparency and colour profiles are ignored; the EXIF
orientation is applied (ImageOps.exif_transpose), as OpenCV, browsers and ffmpeg do.
"""
import base64
import io
import json
import struct
import subprocess
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "golden" / "images"


def foreign_profile():
    """An sRGB profile with red and green exchanged: whoever applies it shows at once."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # not the time of this run
    for i in range(struct.unpack(">I", profile[128:132])[0]):
        at = 132 + 12 * i
        name = bytes(profile[at : at + 4])
        if name in (b"rXYZ", b"gXYZ"):
            profile[at : at + 4] = b"gXYZ" if name == b"rXYZ" else b"rXYZ"
    return bytes(profile)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(21)
    height, width = 13, 18
    rgba = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    rgba[0, :, 3] = 0
    rgba[1, :, 3] = 1
    rgb = np.ascontiguousarray(rgba[..., :3])
    v, u = np.mgrid[:24, :32]
    smooth = np.stack([u * 7, v * 9, 255 - u * 3 - v * 4], -1).astype(np.uint8)
    profile = foreign_profile()
    expected = {}

    def add(name, image, bound=0, **options):
        path = FOLDER / name
        if image is not None:
            image.save(path, **options)
        read = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        expected[name] = {
            "width": read.width,
            "height": read.height,
            "bound": bound,
            "rgb": base64.b64encode(np.asarray(read).tobytes()).decode(),
        }

    add("rgb.png", Image.fromarray(rgb))
    add("rgba.png", Image.fromarray(rgba))
    add("grey.png", Image.fromarray(rgb[..., 0].copy()))
    add("grey_alpha.png", Image.fromarray(rgba[..., 2:].copy(), "LA"))
    add("palette.png", Image.fromarray(rgb).quantize(16))
    add("palette_clear.png", Image.fromarray(rgb).quantize(16), transparency=3)
    add("rgb_clear.png", Image.fromarray(rgb), transparency=tuple(int(c) for c in rgb[2, 2]))
    one = Image.fromarray(rgb[..., 0].copy()).convert("1")
    add("bits.png", one)
    gamma = PngImagePlugin.PngInfo()
    gamma.add(b"gAMA", struct.pack(">I", 100000))
    add("gamma.png", Image.fromarray(rgb), pnginfo=gamma)
    add("profile.png", Image.fromarray(rgb), icc_profile=profile)
    add("rgb.bmp", Image.fromarray(rgb))
    add("rgb.webp", Image.fromarray(rgb), lossless=True)
    add("rgba.webp", Image.fromarray(rgba), lossless=True, exact=True)
    add("profile.webp", Image.fromarray(rgb), lossless=True, icc_profile=profile)
    clear = np.dstack([smooth, np.where(u < 9, 0, 180).astype(np.uint8)])
    add("lossy_alpha.webp", Image.fromarray(clear), bound=3, quality=90, exact=True)
    add("plain.jpg", Image.fromarray(smooth), bound=2, quality=92)
    add("progressive.jpg", Image.fromarray(smooth), bound=2, quality=92, progressive=True)
    add("grey.jpg", Image.fromarray(smooth[..., 0].copy()), bound=2, quality=92)
    add("profile.jpg", Image.fromarray(smooth), bound=2, quality=92, icc_profile=profile)
    cmyk = np.dstack([smooth, (u * 2).astype(np.uint8)])
    add("cmyk.jpg", Image.fromarray(cmyk, "CMYK"), bound=3, quality=95)
    for orientation in (3, 6, 8):
        exif = Image.Exif()
        exif[0x112] = orientation
        add(f"orientation{orientation}.jpg", Image.fromarray(smooth), bound=2, quality=92, exif=exif)
    for name, source in [("interlaced.png", "rgb.png"), ("interlaced_alpha.png", "rgba.png")]:
        command = ["ffmpeg", "-v", "error", "-y", "-i", FOLDER / source, "-flags", "+ildct", FOLDER / name]
        subprocess.run(command, check=True)
        assert (FOLDER / name).read_bytes()[28] == 1, "not interlaced"
        add(name, None)
    deep = rng.integers(0, 65536, (height, width, 4), dtype=np.uint16)
    raw = deep.astype(">u2").tobytes()
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba64be", "-s", f"{width}x{height}", "-i", "-"]
    subprocess.run([*command, "-frames:v", "1", FOLDER / "deep_alpha.png"], input=raw, check=True)
    add("deep_alpha.png", None, bound=1)  # whether 16 bits are rounded or cut to 8 is the reader's business
    (FOLDER / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    size = sum(file.stat().st_size for file in FOLDER.iterdir())
    print(f"tests/golden/images: {len(expected)} files, {size} bytes")


if __name__ == "__main__":
    main()
