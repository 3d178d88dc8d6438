"""Golden files of the crop geometry, the preprocessing and the decoding: Hugging Face's ViTPose image processor.

Run from the project's root:  python reference/image_processor_golden.py
Needs: transformers, torch, scipy, numpy, pillow. Writes into tests/golden/:

  image_processor.json  centre, scale and warp matrix (image -> crop) of many boxes, with and without rotation
  preprocess.json/.bin  small crops of a random image: the warped bytes, and float samples of pixel_values
  decode.json/.bin      heatmaps and the keypoints and scores of post_process_pose_estimation

transformers 5.23 has the processor twice: VitPoseImageProcessor (needs torchvision) and VitPoseImageProcessorPil (used
here). They share the geometry, the warp and the post-processing line by line; point 5 is where they differ.

What the processor does, as read from and measured with transformers 5.23 (scipy 1.17, numpy 2.4):

1. box_to_center_and_scale works in double and stores float32; the scale is then multiplied by 1.25 in float32.
2. get_warp_matrix multiplies float32 extents by Python floats, hence rounds to float32 after each step; the ratios
   (size - 1) / (scale * 200) are double; the matrix is stored as float32.
3. numpy.linalg.inv inverts that float32 matrix in double; affine_transform(order=1) runs per channel ON BYTES: the
   bilinear sum is made in double and rounded half up to a byte. The crop is therefore quantised to 1/255
   before it is normalised.
4. affine_transform's mode is "constant" with 0: a sampling point with a coordinate outside [0, size - 1] gives 0
   for the whole sample, with no blend at the border.
5. byte / 255 is rounded to float32, then (value - mean) / std in float32. (The torchvision class fuses the two into
   (byte - 255 mean) / (255 std): equal but for the last bit or two.)
6. post_process: argmax of the raw map (first one wins); gaussian_filter(sigma 0.8, radius 5, mode "reflect": the
   border value is repeated) stores float32 between the passes; clip to 0.001..50; log in float32; pad by one
   edge value; one Newton step with eps = 1.19e-7 added to the Hessian's diagonal, in double, unguarded.
7. A map whose maximum is <= 0 gets the position (-1, -1). The Newton step then reads over the map's border into the
   neighbouring maps of the batch; the maps here are made so that it reads constants and the step is 0, which is
   also what "no keypoint" should mean.
8. Back-projection: x * width / (W - 1) + centre - width / 2, in float32, with the enlarged box's width.
"""
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import scipy
import torch
import transformers
from scipy.ndimage import gaussian_filter
from transformers.models.vitpose.image_processing_pil_vitpose import (
    VitPoseImageProcessorPil,
    box_to_center_and_scale,
    get_warp_matrix,
    scipy_warp_affine,
)

GOLDEN = Path(__file__).resolve().parent.parent / "tests" / "golden"
VERSIONS = {
    "transformers": transformers.__version__,
    "torch": torch.__version__,
    "scipy": scipy.__version__,
    "numpy": np.__version__,
}


def write(name, content):
    target = GOLDEN / name
    partial = target.with_name(f".{name}.partial-{os.getpid()}")
    if isinstance(content, bytes):
        partial.write_bytes(content)
    else:
        partial.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    partial.rename(target)
    print(f"tests/golden/{name}: {target.stat().st_size} bytes")


def floats(array):
    """Numbers for JSON; float32 as the shortest decimals that round to it."""
    array = np.asarray(array).reshape(-1)
    return [float(str(v)) if array.dtype == np.float32 else float(v) for v in array]


def geometry():
    rng = np.random.default_rng(11)
    boxes = [
        [0.0, 0.0, 192.0, 256.0],
        [10.0, 20.0, 30.0, 40.0],
        [322.3, 488.60028996999995, 166.39999999999998, 186.40836786],
        [214.25, 15.0, 1358.5, 1092.0],
        [1475.2755126953125, 2.719658136367798, 96.9671630859375, 252.88242316246033],
        [-50.5, -80.25, 120.0, 90.0],
        [1900.0, 1000.0, 300.0, 400.0],
        [100.0, 100.0, 1e-3, 1e-3],
        [100.0, 100.0, 0.5, 2000.0],
        [5.0, 700.0, 3000.0, 1.0],
        [0.0, 0.0, 7680.0, 4320.0],
        [1.0, 1.0, 1.0, 1.0],
        [0.3333333333, 0.6666666667, 0.75, 1.0],
        [123456.75, 98765.125, 640.0, 480.0],
    ]
    boxes += [
        [float(x), float(y), float(w), float(h)]
        for x, y, w, h in zip(
            rng.uniform(-200, 2000, 30), rng.uniform(-200, 1100, 30), rng.uniform(1, 900, 30), rng.uniform(1, 900, 30)
        )
    ]
    cases = []
    for index, box in enumerate(boxes):
        for width, height in [(192, 256), (48, 64), (288, 384), (256, 256)]:
            if index >= 8 and (width, height) != (192, 256):
                continue
            for rotation in (0.0,) if index % 3 else (0.0, 30.0, -45.5, 180.0):
                centre, scale = box_to_center_and_scale(box, image_width=width, image_height=height)
                matrix = get_warp_matrix(rotation, centre * 2.0, np.array((width, height)) - 1.0, scale * 200.0)
                cases.append(
                    {
                        "box": box,
                        "size": [width, height],
                        "rotation": rotation,
                        "center": floats(centre),
                        "scale": floats(scale),
                        "matrix": floats(matrix),
                    }
                )
    write("image_processor.json", {"versions": VERSIONS, "cases": cases})


def preprocess():
    rng = np.random.default_rng(12)
    noisy = rng.integers(0, 256, (47, 61, 3), dtype=np.uint8)
    noisy[10:30, 12:40] = rng.integers(100, 140, (20, 28, 3), dtype=np.uint8)
    bordered = rng.integers(0, 256, (101, 76, 3), dtype=np.uint8)
    inputs = [
        (
            noisy,
            [
                [12.0, 9.0, 20.0, 30.0],
                [0.0, 0.0, 61.0, 47.0],
                [-10.5, -7.25, 30.0, 25.5],
                [45.3, 30.7, 40.0, 50.0],
                [20.25, 20.75, 0.9, 1.3],
                [-100.0, 5.0, 300.0, 4.0],
            ],
        ),
        # enlarged, these boxes end on the centres of the border pixels, or half of them do
        (bordered, [[7.5, 10.0, 60.0, 80.0], [0.0, 0.0, 60.0, 80.0], [7.5, 5.0, 57.6, 76.8]]),
    ]
    small = {"height": 64, "width": 48}
    images, binary = [], b""
    for image, boxes in inputs:
        values = VitPoseImageProcessorPil(size=small)(images=[image], boxes=[boxes])["pixel_values"]
        values = np.stack(values)
        warped = []
        for box in boxes:
            centre, scale = box_to_center_and_scale(box, image_width=small["width"], image_height=small["height"])
            matrix = get_warp_matrix(0, centre * 2.0, np.array((small["width"], small["height"])) - 1.0, scale * 200.0)
            warped.append(scipy_warp_affine(image, matrix, (small["height"], small["width"])))
        warped = np.stack(warped)
        assert warped.dtype == np.uint8  # point 3 of the docstring: the processor works on bytes
        processor = VitPoseImageProcessorPil()
        mean = np.array(processor.image_mean).reshape(3, 1, 1)
        std = np.array(processor.image_std).reshape(3, 1, 1)
        again = (warped.transpose(0, 3, 1, 2) / 255.0 - mean) / std
        assert values.dtype == np.float32 and np.abs(again - values).max() < 1e-6
        full = np.stack(processor(images=[image], boxes=[boxes])["pixel_values"])
        binary += image.tobytes() + warped.tobytes()
        images.append(
            {
                "width": image.shape[1],
                "height": image.shape[0],
                "boxes": boxes,
                "small": {**small, **samples(rng, values, 1000)},
                "full": {"height": 256, "width": 192, **samples(rng, full, 2000)},
            }
        )
    write("preprocess.bin", binary)
    layout = "for each image: its bytes [height, width, 3], then the warped bytes [boxes, 64, 48, 3]"
    write("preprocess.json", {"versions": VERSIONS, "layout": layout, "images": images})


def samples(rng, array, count):
    """Some positions of a flattened array [boxes, 3, height, width] and the values there."""
    flat = array.reshape(-1)
    positions = np.sort(rng.choice(flat.size, count, replace=False))
    return {"positions": [int(p) for p in positions], "values": floats(flat[positions])}


def blob(height, width, x, y, sigma, peak):
    v, u = np.mgrid[:height, :width]
    return peak * np.exp(-((u - x) ** 2 + (v - y) ** 2) / (2 * sigma**2))


def decode():
    rng = np.random.default_rng(13)
    sets, binary = [], b""
    for batch, keypoints, height, width in [(3, 8, 32, 24), (1, 2, 64, 48), (1, 1, 16, 12)]:
        maps = np.zeros((batch, keypoints, height, width))
        for b in range(batch):
            for k in range(keypoints):
                x, y = rng.uniform(0, width - 1), rng.uniform(0, height - 1)
                # noise is left out of the corners: see point 7 of the docstring
                noise = gaussian_filter(rng.normal(0, 1, (height, width)), 1.5)
                noise[:2] = noise[-2:] = noise[:, :2] = noise[:, -2:] = 0
                maps[b, k] = blob(height, width, x, y, rng.uniform(1.2, 2.5), rng.uniform(0.2, 1.1)) + 0.05 * noise
        if keypoints == 8:
            maps[0, 0] = blob(height, width, 0.2, 0.3, 2.0, 0.9)  # peak in a corner
            maps[0, 1] = blob(height, width, width - 1, 15.4, 2.0, 0.9)  # peak on the right border
            maps[0, 2] = 0.0  # nothing
            maps[0, 3] = -blob(height, width, 10, 12, 2.0, 0.5)  # negative everywhere
            maps[0, 4] = 0.0005 * blob(height, width, 10.3, 12.2, 2.0, 1.0)  # below the clip
            maps[0, 5] = 100 * blob(height, width, 7.7, 20.1, 2.0, 1.0)  # above the clip
            maps[0, 6] = 0.0
            maps[0, 6, 11, 9] = maps[0, 6, 20, 14] = 0.5  # two equal peaks
            maps[0, 7] = blob(height, width, 12.5, 8.5, 1.6, 0.7) - 0.02  # a peak over a negative floor
            maps[1, 0] = blob(height, width, 8.0, 14.0, 1.5, 0.8) + blob(height, width, 11.5, 16.0, 1.5, 0.75)
            maps[1, 1] = blob(height, width, 5.4, 30.8, 1.5, 0.6)  # peak on the bottom border
        maps = maps.astype(np.float32)
        boxes = [
            [322.3, 488.60028996999995, 166.39999999999998, 186.40836786],
            [-40.0, 700.5, 900.0, 333.3],
            [10.0, 20.0, 30.0, 90.0],
        ][:batch]
        processor = VitPoseImageProcessorPil()
        outputs = SimpleNamespace(heatmaps=torch.from_numpy(maps))
        poses = processor.post_process_pose_estimation(outputs, boxes=[boxes])[0]
        sets.append(
            {
                "shape": [batch, keypoints, height, width],
                "boxes": boxes,
                "keypoints": [floats(pose["keypoints"].numpy()) for pose in poses],
                "scores": [floats(pose["scores"].numpy()) for pose in poses],
            }
        )
        binary += maps.tobytes()
    write("decode.bin", binary)
    write("decode.json", {"versions": VERSIONS, "layout": "float32 heatmaps of the sets, one after another", "sets": sets})


if __name__ == "__main__":
    geometry()
    preprocess()
    decode()
