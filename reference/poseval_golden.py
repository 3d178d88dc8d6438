"""Golden values of PoseTrack's AP and MOTA, made by running the public poseval.

Usage: python reference/poseval_golden.py POSEVAL [tests/golden/posetrack]

POSEVAL is a checkout of https://github.com/leonid-pishchulin/poseval (made with commit 4258a15), Python 3 with
numpy, shapely, click, tqdm, motmetrics 1.4.0. Every case is written as one JSON file that holds its annotation
and prediction files next to poseval's numbers, `null` for NaN. Scores are unique wherever their order could change a number.
"""

import contextlib
import copy
import io
import json
import math
import os
import random
import sys
import tempfile
import warnings

JOINTS = [
    "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
    "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "head_bottom", "nose", "head_top",
]
SLOTS = [
    "nose", "head_bottom", "head_top", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
]


class Scores:
    """Unique scores from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.seen = set()

    def __call__(self, low=0.0, high=1.0):
        while True:
            value = round(self.random.uniform(low, high), 6)
            if value not in self.seen:
                self.seen.add(value)
                return value


def person(x, y, track, joints=JOINTS, head=(30, 40)):
    """A person: joints on a grid from (x, y), head box of diagonal 50, so a head size of 30."""
    points = {name: [x + 7 * JOINTS.index(name), y + 11 * (JOINTS.index(name) % 5)] for name in joints}
    return {"points": points, "head": [x, y - 60, head[0], head[1]], "track": track}


def moved(source, dx, dy, scores=None, joints=None):
    """A prediction of a person, moved; scores per joint from a callable."""
    result = copy.deepcopy(source)
    result.pop("head", None)
    for name, point in list(result["points"].items()):
        if joints is not None and name not in joints:
            del result["points"][name]
            continue
        point[0] += dx
        point[1] += dy
        if scores is not None:
            point.append(scores())
    return result


def as2018(name, frames, slots=SLOTS, regions=None, extra=None):
    """A PoseTrack 2018 document; frames is a list of lists of people."""
    vid = name.split("_")[0]
    images, annotations = [], []
    for index, people in enumerate(frames):
        image = {
            "has_no_densepose": True, "is_labeled": len(people) > 0,
            "file_name": "images/val/%s/%06d.jpg" % (name, index), "nframes": len(frames),
            "frame_id": 10000000000 + int(vid) * 10000 + index, "vid_id": vid,
            "id": 10000000000 + int(vid) * 10000 + index,
        }
        if regions is not None:
            polygons = regions.get(index, [])
            image["ignore_regions_x"] = [[x for x, _ in polygon] for polygon in polygons]
            image["ignore_regions_y"] = [[y for _, y in polygon] for polygon in polygons]
        if extra is not None:
            image.update(extra(index))
        images.append(image)
        for number, entry in enumerate(people):
            keypoints, scores = [], []
            for slot in slots:
                point = entry["points"].get(slot)
                keypoints += [0, 0, 0] if point is None else [point[0], point[1], entry.get("v", {}).get(slot, 1)]
                scores.append(0 if point is None or len(point) < 3 else point[2])
            annotation = {
                "id": image["id"] * 100 + number, "image_id": image["id"], "category_id": 1,
                "track_id": entry["track"], "keypoints": keypoints,
            }
            if "head" in entry:
                annotation["bbox_head"] = entry["head"]
            if any(len(point) > 2 for point in entry["points"].values()):
                annotation["scores"] = scores
            if "person_id" in entry:
                annotation["person_id"] = entry["person_id"]
            annotations.append(annotation)
    category = {"supercategory": "person", "id": 1, "name": "person", "keypoints": slots, "skeleton": []}
    return {"images": images, "annotations": annotations, "categories": [category]}


def as2017(name, frames, regions=None):
    """A PoseTrack 2017 document."""
    annolist = []
    for index, people in enumerate(frames):
        rectangles = []
        for entry in people:
            points = [
                {"id": [JOINTS.index(joint)], "x": [p[0]], "y": [p[1]], "is_visible": [1],
                 **({"score": [p[2]]} if len(p) > 2 else {})}
                for joint, p in entry["points"].items()
            ]
            rectangle = {"track_id": [entry["track"]], "annopoints": [{"point": points}]}
            if "head" in entry:
                x, y, w, h = entry["head"]
                rectangle.update(x1=[x], y1=[y], x2=[x + w], y2=[y + h])
            rectangles.append(rectangle)
        frame = {
            "image": [{"name": "images/val/%s/%06d.jpg" % (name, index)}], "imgnum": [index + 1],
            "is_labeled": [1 if people else 0], "annorect": rectangles,
        }
        if regions is not None and index in regions:
            frame["ignore_regions"] = [
                {"point": [{"x": [x], "y": [y]} for x, y in polygon]} for polygon in regions[index]
            ]
        annolist.append(frame)
    return {"annolist": annolist}


def crowd(seed, frames, people):
    """Frames of people far apart, each with its track."""
    source = random.Random(seed)
    result = []
    for index in range(frames):
        result.append([
            person(200 * track + source.randrange(20), 200 + 3 * index, track) for track in range(people)
        ])
    return result


A, B = "000001_mpii_test", "000002_bonn_test"


def case_perfect():
    score = Scores(1)
    gt = {A: crowd(1, 3, 2), B: crowd(2, 3, 3)}
    pred = {name: [[moved(p, 0, 0, score) for p in f] for f in frames] for name, frames in gt.items()}
    return both2018(gt, pred)


def case_all_wrong():
    score = Scores(2)
    gt = {A: crowd(3, 3, 2)}
    pred = {A: [[moved(p, 5000, 0, score) for p in f] for f in gt[A]]}
    return both2018(gt, pred)


def case_missing_persons():
    score = Scores(3)
    gt = {A: crowd(4, 4, 3), B: crowd(5, 3, 2)}
    pred = {
        A: [[moved(p, 3, 4, score) for p in f if (p["track"] + i) % 3] for i, f in enumerate(gt[A])],
        B: [[], [moved(p, 0, 2, score) for p in gt[B][1][:1]], []],
    }
    return both2018(gt, pred)


def case_surplus_persons():
    score = Scores(4)
    gt = {A: crowd(6, 3, 2)}
    pred = {A: [
        [moved(p, 1, 1, score) for p in f]
        + [moved(person(40, 900, 7), 0, 0, score), moved(f[0], 2, 0, score) | {"track": 8}]
        for f in gt[A]
    ]}
    return both2018(gt, pred)


def case_ties():
    """Equal scores; inside a group of equals all are right or all are wrong, so their order has no effect."""
    gt = {A: crowd(7, 3, 3)}
    right, wrong = (lambda: 0.5), (lambda: 0.75)
    pred = {A: [[moved(f[0], 2, 2, right), moved(f[1], 90, 90, wrong), moved(f[2], 0, 1, right)] for f in gt[A]]}
    return both2018(gt, pred)


def case_no_scores():
    """No scores at all: one tie group; two joints are always wrong, the others always right."""
    gt = {A: crowd(8, 3, 2)}
    pred = {A: [[moved(p, 1, 0) for p in f] for f in gt[A]]}
    for frame in pred[A]:
        for entry in frame:
            entry["points"]["nose"][0] += 400
            entry["points"]["left_knee"][1] -= 400
    return both2018(gt, pred)


def case_missing_scores_among_others():
    """Points without a score come after all others, however low those are."""
    low = Scores(26)
    gt = {A: crowd(27, 3, 2)}
    pred_file = as2017(A, [
        [moved(f[0], 1, 0, lambda: low(-20, -10)), moved(f[1], 80 * (i % 2), 0)] for i, f in enumerate(gt[A])
    ])
    wrong = as2017(A, [[moved(person(50, 900, 9), 0, 0, lambda: low(-9, -5))]])["annolist"][0]["annorect"][0]
    pred_file["annolist"][1]["annorect"].append(wrong)
    return {"gt": {A: as2018(A, gt[A])}, "pred": {A: pred_file}}


def case_ignore_regions():
    score = Scores(9)
    frames = [
        [person(100, 100, 0), person(500, 100, 1)],
        [person(100, 100, 0)],
        [person(100, 100, 0), person(500, 100, 1)],
        [person(100, 100, 0)],
        [person(100, 100, 0)],
    ]
    regions = {
        # joint 0 of the first person is a corner, joint 1 (107, 111) lies on the edge, others are inside or out
        0: [[(100, 100), (121, 133), (300, 133), (300, 100)]],
        # everything of the frame's only person: the predictions become false positives, but only those outside
        1: [[(0, 0), (400, 0), (400, 400), (0, 400)]],
        # a five-pointed star, whose centre is outside by the even-odd rule, and an empty region
        2: [[(140, 60), (200, 190), (80, 100), (200, 100), (80, 190)], []],
        3: [],
        4: [[(90, 90), (160, 90), (160, 90), (160, 150), (90, 150)], [(150, 100), (150, 160), (190, 160), (190, 100)]],
    }
    gt = {A: frames}
    pred = {A: [
        [moved(p, 0, 0, score) for p in f] + [moved(person(700, 500, 5), 0, 0, score)] for f in frames
    ]}
    gt_file = as2018(A, gt[A], regions=regions)
    return {"gt": {A: gt_file}, "pred": {A: as2018(A, pred[A])}}


def case_joints_that_never_occur():
    score = Scores(10)
    some = [name for name in JOINTS if "ankle" not in name and name != "head_top"]
    gt = {A: [[person(100 + 10 * i, 100, 0, some), person(500, 100, 1, some)] for i in range(3)]}
    pred = {A: [
        [moved(person(102 + 10 * i, 100, 0, some + ["right_ankle"]), 0, 0, score),
         moved(person(500, 103, 1, some + ["right_ankle"]), 0, 0, score)] for i in range(3)
    ]}
    return both2018(gt, pred)


def case_empty_frames():
    score = Scores(11)
    ghost = {"points": {}, "head": [10, 10, 30, 40], "track": 9}
    gt = {A: [[], crowd(12, 1, 2)[0], [], [ghost], [person(100, 100, 0), copy.deepcopy(ghost)], crowd(13, 1, 1)[0], []]}
    extra = moved(person(100, 300, 3), 0, 0, score)
    pred = {A: [
        [moved(person(5, 5, 1), 0, 0, score)], [moved(p, 2, 1, score) for p in gt[A][1]], [], [extra],
        [moved(gt[A][4][0], 1, 1, score), {"points": {}, "track": 4}], [], [moved(person(9, 9, 2), 0, 0, score)],
    ]}
    return both2018(gt, pred)


def case_format_2017():
    score = Scores(12)
    gt = {A: crowd(14, 4, 2)}
    pred = {A: [[moved(p, 2, 3, score) for p in f] for f in gt[A]]}
    gt_file, pred_file = as2017(A, gt[A]), as2017(A, pred[A])
    first = gt_file["annolist"][0]["annorect"]
    first += [
        {"track_id": [5], "x1": [1], "y1": [1], "x2": [9], "y2": [9]},
        {"track_id": [6], "annopoints": [], "x1": [1], "y1": [1], "x2": [9], "y2": [9]},
        {"track_id": [7], "annopoints": [{}], "x1": [1], "y1": [1], "x2": [9], "y2": [9]},
        {"track_id": [8], "annopoints": [{"point": []}], "x1": [1], "y1": [1], "x2": [9], "y2": [9]},
    ]
    # an unknown id, no id, a second point of one joint, a joint at the origin that says it is hidden
    points = gt_file["annolist"][1]["annorect"][0]["annopoints"][0]["point"]
    points.insert(0, {"id": [15], "x": [1], "y": [1]})
    points.insert(0, {"id": None, "x": [1], "y": [1]})
    points.append({"id": [3], "x": [9999], "y": [9999]})
    origin = gt_file["annolist"][2]["annorect"][0]["annopoints"][0]["point"][5]
    origin.update(x=[0], y=[0], is_visible=[0])
    other = pred_file["annolist"][2]["annorect"][0]["annopoints"][0]["point"][5]
    other.update(x=[0], y=[0], is_visible=[0])
    pred_file["annolist"][3]["annorect"].append({"track_id": [40], "score": [0.5]})
    pred_file["annolist"][3]["annorect"].append({"track_id": [41], "annopoints": [{"point": [
        {"id": [0], "x": [3], "y": [3]}, {"id": [0], "x": [4], "y": [4], "score": [0.111]}]}]})
    # a frame whose only person has no point list stays, and its prediction is wrong; one without people goes
    gt_file["annolist"].append({"image": [{"name": "images/val/%s/000004.jpg" % A}], "annorect": [
        {"track_id": [9]}]})
    gt_file["annolist"].append({"image": [{"name": "images/val/%s/000005.jpg" % A}], "annorect": []})
    for index in (4, 5):
        pred_file["annolist"].append({"image": [{"name": "x"}], "annorect": [
            as2017(A, [[moved(person(300, 300, 3), 0, 0, score)]])["annolist"][0]["annorect"][0]]})
    return {"gt": {A: gt_file}, "pred": {A: pred_file}}


def case_regions_2017():
    score = Scores(13)
    gt = {A: [[person(100, 100, 0), person(500, 100, 1), {"points": {}, "head": [1, 1, 3, 4], "track": 2}]
              for _ in range(3)]}
    pred = {A: [[moved(p, 1, 1, score) for p in f[:2]] + [{"points": {}, "track": 7}] for f in gt[A]]}
    regions = {0: [[(90, 90), (160, 90), (160, 150), (90, 150)]], 1: [[(5000, 5000), (5010, 5000), (5000, 5010)]]}
    gt_file, pred_file = as2017(A, gt[A], regions), as2017(A, pred[A])
    points = gt_file["annolist"][0]["annorect"][0]["annopoints"][0]["point"]
    points.append({"id": [0], "x": [250], "y": [100]})  # the first point of joint 0 is ignored, so this one counts
    points.append({"id": None, "x": [400], "y": [400]})
    return {"gt": {A: gt_file}, "pred": {A: pred_file}}


def case_mixed_formats():
    score = Scores(14)
    gt = {A: crowd(15, 3, 2), B: crowd(16, 3, 2)}
    pred = {name: [[moved(p, 4, 4, score) for p in f] for f in frames] for name, frames in gt.items()}
    return {
        "gt": {A: as2017(A, gt[A]), B: as2018(B, gt[B])}, "pred": {A: as2018(A, pred[A]), B: as2017(B, pred[B])},
    }


def case_posetrack21():
    score = Scores(15)
    gt = {A: crowd(17, 4, 3)}
    for frame in gt[A]:
        for entry in frame:
            entry["person_id"] = 1000 + entry["track"]
    gt[A][2] = [{"points": {}, "head": [1, 1, 30, 40], "track": 0, "person_id": 1000}]
    pred = {A: [[moved(p, 1, 2, score) for p in f[:2]] for f in crowd(17, 4, 3)]}
    flags = lambda index: {"is_labeled": index != 2, "has_labeled_person": True}
    regions = {1: [[(0, 0), (90, 0), (90, 900), (0, 900)]]}
    return {"gt": {A: as2018(A, gt[A], regions=regions, extra=flags)}, "pred": {A: as2018(A, pred[A])}}


def case_origin_and_visibility():
    score = Scores(16)
    gt = {A: [[person(0, 100, 0)] for _ in range(3)]}
    gt[A][0][0]["points"].update(nose=[0, 0], left_hip=[0, 5], right_hip=[5, 0], left_knee=[0, 0])
    gt[A][0][0]["v"] = {"nose": 1, "left_hip": 0, "right_hip": 0, "left_knee": 0, "left_wrist": 0}
    pred = {A: [[moved(f[0], 0, 0, score)] for f in gt[A]]}
    pred[A][1][0]["points"].update(nose=[0, 0, score()], head_top=[0, 0, score()])
    pred[A][1][0]["v"] = {"nose": 0, "head_top": 2}
    return both2018(gt, pred)


def case_slots_of_their_own():
    score = Scores(17)
    order = list(reversed(JOINTS))
    gt = {A: crowd(18, 3, 2)}
    pred = {A: [[moved(p, 2, 2, score) for p in f] for f in gt[A]]}
    return {"gt": {A: as2018(A, gt[A], slots=order)}, "pred": {A: as2018(A, pred[A], slots=["left_ear"] + JOINTS + ["right_ear"])}}


def case_contest():
    """Several predictions of one person, one prediction of several people, equal shares, a head without size."""
    score = Scores(18)
    first, second, flat = person(100, 100, 0), person(110, 100, 1), person(300, 100, 2, head=(0, 0))
    few = person(104, 100, 3, ["nose", "left_hip"])
    gt = {A: [
        [first, second], [first, second], [first, flat], [few, first], [person(100, 100, 0), person(100, 100, 1)],
    ]}
    pred = {A: [
        [moved(first, 5, 0, score), moved(first, 4, 0, score) | {"track": 5}, moved(first, 6, 0, score) | {"track": 6}],
        [moved(first, 5, 0, score, ["nose", "head_bottom", "left_hip"]), moved(second, 0, 40, score),
         moved(second, 0, 0, score, JOINTS[:4]) | {"track": 9}],
        [moved(flat, 0, 0, score), moved(first, 0, 9, score)],
        [moved(first, 0, 0, score), moved(few, 1, 0, score)],
        [moved(first, 0, 0, score) | {"track": 4}, moved(first, 0, 0, score) | {"track": 3}],
    ]}
    return both2018(gt, pred)


def case_threshold():
    """Distances of exactly half a head size (15 of 30), and just beyond."""
    score = Scores(19)
    gt = {A: [[person(100, 100, 0)] for _ in range(4)]}
    shifts = [(15, 0), (9, 12), (15.0000001, 0), (9, 12.0000001)]
    pred = {A: [[moved(f[0], dx, dy, score)] for f, (dx, dy) in zip(gt[A], shifts)]}
    return both2018(gt, pred)


def case_no_frames():
    score = Scores(20)
    gt = {A: [[], []]}
    pred = {A: [[moved(person(1, 1, 0), 0, 0, score)], []]}
    return both2018(gt, pred)


def case_no_predictions():
    gt = {A: crowd(21, 3, 2)}
    return both2018(gt, {A: [[], [], []]})


def case_tracks():
    """Exchanges, a gap, a return, a new id, a stolen id, unmatched people."""
    score = Scores(22)
    frames = crowd(23, 10, 3)
    tracks = [[10, 11, 12], [10, 11, 12], [11, 10, 12], [11, 10, None], [11, 10, 12], [10, 11, 13], [13, 11, 14],
              [13, 11, 10], [12, 11, 10], [10, 11, 12]]
    pred = []
    for frame, ids in zip(frames, tracks):
        people = []
        for entry, track in zip(frame, ids):
            if track is None:
                continue
            people.append(moved(entry, 3, 1, score) | {"track": track})
        pred.append(people)
    close = [person(100, 100, 0), person(108, 100, 1), person(116, 100, 2)]
    gt = {A: frames, B: [copy.deepcopy(close) for _ in range(5)]}
    second = [
        [moved(close[0], 2, 1, score) | {"track": 0}, moved(close[1], 3, 1, score) | {"track": 1}],
        [moved(close[1], -3.25, 1, score) | {"track": 0}, moved(close[2], -2, 1, score) | {"track": 1}],
        [moved(close[2], 1, 2, score) | {"track": 5}, moved(close[0], 1, 0, score) | {"track": 1},
         moved(close[0], 900, 0, score) | {"track": 6}, moved(close[1], 4.5, 0, score) | {"track": 7}],
        [],
        [moved(close[0], 0, 0, score) | {"track": 5}],
    ]
    # a newcomer takes over an id: transfer and migration in py-motmetrics's words
    newcomer = person(900, 700, 8)
    for frames in (gt[A][7:], ):
        for frame in frames:
            frame.append(copy.deepcopy(newcomer))
    for frame, track in zip(pred[7:], (14, 14, 15)):
        frame.append(moved(newcomer, 2, 3, score) | {"track": track})
    return both2018(gt, {A: pred, B: second})


def case_random():
    """Everything at once, from a seed."""
    source = random.Random(24)
    score = Scores(25)
    gt, pred, regions = {}, {}, {}
    for name in (A, B, "000003_mpiinew_test"):
        gt[name], pred[name], regions[name] = [], [], {}
        for index in range(6):
            truth, found = [], []
            for track in range(source.randrange(5)):
                joints = [j for j in JOINTS if source.random() < 0.8]
                box = (source.randrange(20, 50), source.randrange(20, 50))
                truth.append(person(source.randrange(600), source.randrange(600), track, joints, box))
            for entry in truth:
                if source.random() < 0.75:
                    guess = moved(entry, 0, 0, score, [j for j in entry["points"] if source.random() < 0.9])
                    for joint in JOINTS:
                        if joint not in guess["points"] and source.random() < 0.4:
                            guess["points"][joint] = [source.uniform(1, 600), source.uniform(1, 600), score()]
                    for point in guess["points"].values():
                        spread = 6 if source.random() < 0.7 else 40
                        point[0] += round(source.gauss(0, spread), 3)
                        point[1] += round(source.gauss(0, spread), 3)
                    if source.random() < 0.2:
                        guess["track"] += 50
                    found.append(guess)
            if source.random() < 0.4:
                found.append(moved(person(source.randrange(600), source.randrange(600), 30), 0, 0, score))
            source.shuffle(found)
            gt[name].append(truth)
            pred[name].append(found)
            if source.random() < 0.5:
                x, y = source.randrange(500), source.randrange(500)
                regions[name][index] = [[(x, y), (x + 150, y + 20), (x + 170, y + 190), (x - 30, y + 120)]]
    return {
        "gt": {n: as2018(n, f, regions=regions[n]) for n, f in gt.items()},
        "pred": {n: as2017(n, f) if n == B else as2018(n, f) for n, f in pred.items()},
    }


def both2018(gt, pred):
    return {
        "gt": {name: as2018(name, frames) for name, frames in gt.items()},
        "pred": {name: as2018(name, frames) for name, frames in pred.items()},
    }


def plain(values):
    return [None if math.isnan(value) else float(value) for value in values]


def run(case, poseval):
    """poseval's numbers for one case: 15 joints and the total."""
    helpers, evaluate_ap, evaluate_tracking = poseval
    with tempfile.TemporaryDirectory() as folder:
        for side in ("gt", "pred"):
            os.mkdir(os.path.join(folder, side))
            for name, document in case[side].items():
                with open(os.path.join(folder, side, name + ".json"), "w") as file:
                    json.dump(document, file)
        load = lambda: helpers.load_data_dir(["", folder + "/gt/", folder + "/pred/"])
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            truth, found = load()
            ap, precision, recall = evaluate_ap(truth, found, folder, False, False)
            result = {
                "ap": plain(ap.flatten()), "precision": plain(precision.flatten()), "recall": plain(recall.flatten()),
                "frames": len(truth),
            }
            counts = {}
            for frame in truth:
                counts[frame["seq_id"]] = counts.get(frame["seq_id"], 0) + 1
            if counts and min(counts.values()) > 1:  # poseval stops on a sequence of one frame
                truth, found = load()
                metrics = evaluate_tracking(truth, found, folder, False, False)
                result["tracking"] = {key: plain(value.flatten()) for key, value in metrics.items()}
    return result


def main():
    sys.path.insert(0, sys.argv[1])
    from poseval import eval_helpers
    from poseval.evaluateAP import evaluateAP
    from poseval.evaluateTracking import evaluateTracking

    target = sys.argv[2] if len(sys.argv) > 2 else "tests/golden/posetrack"
    os.makedirs(target, exist_ok=True)
    cases = {name[5:]: make for name, make in globals().items() if name.startswith("case_")}
    for name, make in cases.items():
        case = make()
        document = {"case": name, **case, "expected": run(case, (eval_helpers, evaluateAP, evaluateTracking))}
        with open(os.path.join(target, name + ".json"), "w") as file:
            json.dump(document, file, separators=(",", ":"), allow_nan=False)
        print(name, "ap", document["expected"]["ap"][15], "tracking", "tracking" in document["expected"])


if __name__ == "__main__":
    main()
