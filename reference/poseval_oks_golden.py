"""Golden values of COCO's keypoint average precision, made by running pycocotools.

Usage: python reference/poseval_oks_golden.py [tests/golden/posetrack/oks]

Made with pycocotools 2.0.11. Every case is one JSON file: annotation file, results list, and the ten figures as
pycocotools gives them (shares; -1 where undefined).
"""

import contextlib
import copy
import io
import json
import math
import os
import random
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

COCO_NAMES = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist "
    "right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"
).split()
POSETRACK_NAMES = ["nose", "head_bottom", "head_top"] + COCO_NAMES[3:]
POSETRACK_SIGMAS = np.array([
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089,
    0.089,
])


def category(names):
    return [{"id": 1, "name": "person", "supercategory": "person", "keypoints": names, "skeleton": []}]


def annotation(source, number, image, side, hidden=0.2):
    x, y = source.uniform(0, 300), source.uniform(0, 300)
    keypoints = []
    for _ in range(17):
        if source.random() < hidden:
            keypoints += [0, 0, 0]
        else:
            keypoints += [round(x + source.uniform(0, side), 2), round(y + source.uniform(0, side), 2), source.choice([1, 2])]
    return {
        "id": number, "image_id": image, "category_id": 1, "keypoints": keypoints, "iscrowd": 0,
        "num_keypoints": sum(v > 0 for v in keypoints[2::3]), "bbox": [round(x, 2), round(y, 2), side, side],
        "area": round(side * side * 0.6, 2),
    }


def detection(source, truth, spread, score):
    x, y, side, _ = truth["bbox"]
    keypoints = []
    for k in range(17):
        px, py, v = truth["keypoints"][3 * k:3 * k + 3]
        if v == 0:
            px, py = x + source.uniform(0, side), y + source.uniform(0, side)
        keypoints += [round(px + source.gauss(0, spread), 3), round(py + source.gauss(0, spread), 3), 1]
    return {"image_id": truth["image_id"], "category_id": 1, "keypoints": keypoints, "score": score}


def scene(seed, images, people, names=COCO_NAMES, first_id=1, sides=(25, 60, 120, 250)):
    source = random.Random(seed)
    entries, annotations, results = [], [], []
    number = first_id
    order = list(range(images))
    source.shuffle(order)
    for image in order:
        entries.append({"id": 1000 + image, "file_name": "%012d.jpg" % image, "width": 640, "height": 480})
        for _ in range(source.randrange(people + 1)):
            truth = annotation(source, number, 1000 + image, source.choice(sides))
            number += 1
            annotations.append(truth)
            for _ in range(source.choice([0, 1, 1, 2])):
                spread = truth["bbox"][2] * source.choice([0.01, 0.05, 0.15])
                results.append(detection(source, truth, spread, round(source.random(), 6)))
        if source.random() < 0.3:
            stray = annotation(source, 0, 1000 + image, 80)
            results.append(detection(source, stray, 3, round(source.random(), 6)))
    return {"images": entries, "annotations": annotations, "categories": category(names)}, results


def case_perfect():
    truth, _ = scene(1, 5, 3)
    source = random.Random(2)
    return truth, [detection(source, a, 0, 0.9 - 0.01 * i) for i, a in enumerate(truth["annotations"])], None


def case_usual():
    return *scene(3, 14, 4), None


def case_crowds_and_empty_people():
    truth, results = scene(4, 12, 4)
    for index, entry in enumerate(truth["annotations"]):
        if index % 4 == 1:
            entry["iscrowd"] = 1
        if index % 4 == 2:
            entry["keypoints"] = [0] * 51
            entry["num_keypoints"] = 0
    return truth, results, None


def case_ignored_neighbours():
    """Crowds and people without keypoints right beside people that count, several detections on each."""
    truth, _ = scene(12, 5, 0)
    source = random.Random(13)
    results = []
    number = 1
    for image in truth["images"]:
        counts = annotation(source, number, image["id"], 120, hidden=0)
        crowd = copy.deepcopy(counts)
        for k in range(51):
            if k % 3 != 2:
                crowd["keypoints"][k] = round(crowd["keypoints"][k] + source.uniform(-6, 6), 2)
        crowd.update(id=number + 1, iscrowd=1)
        empty = copy.deepcopy(counts)
        empty.update(id=number + 2, iscrowd=1, keypoints=[0] * 51, num_keypoints=0, bbox=[400.0, 300.0, 40.0, 60.0])
        number += 3
        truth["annotations"] += [crowd, counts, empty]
        # on the crowd rather than the person, twice; on the person; beside the empty box: within its doubled size, partly out
        for target in (crowd, crowd, crowd, counts):
            results.append(detection(source, target, 1.5, round(source.random(), 6)))
        for dx, dy in ((-30, 0), (50, 0), (0, -50), (0, 90), (75, 110), (95, 0)):
            keypoints = []
            for _ in range(17):
                keypoints += [400 + dx + source.uniform(0, 30), 300 + dy + source.uniform(0, 30), 1]
            results.append({"image_id": image["id"], "category_id": 1, "keypoints": keypoints,
                            "score": round(source.random(), 6)})
    return truth, results, None


def case_recall_levels():
    """100 people, so that recalls fall on the levels 0.01, 0.02 …, of which floating point misses some."""
    images = [{"id": image, "file_name": "%d.jpg" % image, "width": 640, "height": 480} for image in range(1, 11)]
    annotations, results = [], []
    for number in range(100):
        nose = [50 * (number % 10), 100, 2] + [0] * 48
        entry = {"image_id": 1 + number // 10, "category_id": 1, "keypoints": nose}
        annotations.append({**entry, "id": number + 1, "iscrowd": 0, "num_keypoints": 1, "bbox": [0, 0, 50, 50], "area": 2500})
        results.append({**entry, "score": 1 - 0.005 * number})
        if number % 3 == 2:
            results.append({**entry, "keypoints": [0, 400, 1] + [0] * 48, "score": 1 - 0.005 * number - 0.001})
    return {"images": images, "annotations": annotations, "categories": category(COCO_NAMES)}, results, None


def case_ties():
    """Scores of one digit: equal scores within and across images keep image and input order."""
    truth, results = scene(5, 12, 4)
    for entry in results:
        entry["score"] = round(entry["score"], 1)
    return truth, results, None


def case_boxes_of_detections():
    truth, results = scene(6, 10, 3)
    for entry in results:
        x, y = entry["keypoints"][0::3], entry["keypoints"][1::3]
        entry["bbox"] = [min(x) - 20, min(y) - 20, max(x) - min(x) + 40, max(y) - min(y) + 40]
    return truth, results, None


def case_more_than_twenty():
    truth, _ = scene(7, 2, 3)
    source = random.Random(8)
    results = []
    for number in range(60):
        entry = truth["annotations"][number % len(truth["annotations"])]
        results.append(detection(source, entry, entry["bbox"][2] * source.choice([0.02, 0.3]), round(source.random(), 6)))
    return truth, results, None


def case_only_small():
    return *scene(9, 6, 3, sides=(20, 24)), None


def case_annotation_of_id_zero():
    return *scene(10, 6, 3, first_id=0), None


def case_posetrack():
    truth, results = scene(11, 8, 4, names=POSETRACK_NAMES)
    for entry in truth["annotations"]:
        for slot in (3, 4):
            entry["keypoints"][3 * slot:3 * slot + 3] = [0, 0, 0]
        entry["num_keypoints"] = sum(v > 0 for v in entry["keypoints"][2::3])
    return truth, results, POSETRACK_SIGMAS


def figures(truth, results, sigmas):
    with contextlib.redirect_stdout(io.StringIO()):
        ground_truth = COCO()
        ground_truth.dataset = copy.deepcopy(truth)
        ground_truth.createIndex()
        detections = ground_truth.loadRes(copy.deepcopy(results))
        evaluation = COCOeval(ground_truth, detections, "keypoints")
        if sigmas is not None:
            evaluation.params.kpt_oks_sigmas = sigmas
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ["AP", "AP50", "AP75", "APm", "APl", "AR", "AR50", "AR75", "ARm", "ARl"]
    return {name: float(value) for name, value in zip(names, evaluation.stats)}


def main():
    target = sys.argv[1] if len(sys.argv) > 1 else "tests/golden/posetrack/oks"
    os.makedirs(target, exist_ok=True)
    cases = {name[5:]: make for name, make in globals().items() if name.startswith("case_")}
    for name, make in cases.items():
        truth, results, sigmas = make()
        expected = figures(truth, results, sigmas)
        assert not any(math.isnan(value) for value in expected.values())
        with open(os.path.join(target, name + ".json"), "w") as file:
            json.dump({"case": name, "gt": truth, "results": results, "expected": expected}, file, separators=(",", ":"))
        print(name, expected)


if __name__ == "__main__":
    main()
