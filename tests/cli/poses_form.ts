/** What `poses.json` must be: PoseTrack 2018 and COCO form. */
import assert from "node:assert/strict";
import { keypointSets } from "../../people/keypoint_sets.ts";

/** An image of the file. */
export interface ImageEntry {
  id: number;
  frame_id: number;
  file_name: string;
  width: number;
  height: number;
}

/** A person of the file. */
export interface AnnotationEntry {
  id: number;
  image_id: number;
  category_id: number;
  track_id: number;
  bbox: number[];
  score: number;
  keypoints: number[];
  scores: number[];
}

/** The whole file. */
export interface PosesDocument {
  info: Record<string, unknown>;
  images: ImageEntry[];
  annotations: AnnotationEntry[];
  categories: { id: number; name: string; keypoints: string[]; skeleton: number[][] }[];
}

const { keypoints: names } = keypointSets.posetrack15;

/**
 * Parses a poses file and checks all that holds whatever was posed.
 *
 * @param text Content of the file.
 * @returns The document.
 */
export function parsePoses(text: string): PosesDocument {
  const document: PosesDocument = JSON.parse(text);
  const { images, annotations, categories } = document;
  assert.equal(categories.length, 1);
  assert.equal(categories[0].id, 1);
  assert.equal(categories[0].name, "person");
  assert.deepEqual(categories[0].keypoints, names);
  for (const joint of categories[0].skeleton.flat()) assert.ok(joint >= 1 && joint <= names.length);
  const byId = new Map(images.map((image) => [image.id, image]));
  assert.equal(byId.size, images.length, "ids of images are unique");
  for (const { id, frame_id, file_name, width, height } of images) {
    assert.equal(frame_id, id);
    assert.equal(typeof file_name, "string");
    assert.ok(Number.isInteger(width) && width > 0 && Number.isInteger(height) && height > 0);
  }
  assert.equal(new Set(annotations.map(({ id }) => id)).size, annotations.length, "ids of people are unique");
  for (const annotation of annotations) {
    const image = byId.get(annotation.image_id);
    assert.ok(image, `annotation ${annotation.id} belongs to an image`);
    assert.equal(annotation.category_id, 1);
    assert.ok(Number.isInteger(annotation.track_id) && annotation.track_id >= 0);
    assert.equal(annotation.bbox.length, 4);
    assert.ok(annotation.bbox.every(Number.isFinite));
    assert.equal(annotation.keypoints.length, 3 * names.length);
    assert.equal(annotation.scores.length, names.length);
    assert.ok(Number.isFinite(annotation.score));
    for (const [k, score] of annotation.scores.entries()) {
      const [x, y, value] = annotation.keypoints.slice(3 * k, 3 * k + 3);
      assert.equal(value, score, "the score stands in both places");
      assert.ok(Number.isFinite(score));
      assert.ok(x >= 0 && x <= image.width - 1 && y >= 0 && y <= image.height - 1, `(${x}, ${y}) is inside`);
    }
  }
  return document;
}

/** People of each image, in the order of the images. */
export function peoplePerImage({ images, annotations }: PosesDocument): number[] {
  return images.map(({ id }) => annotations.filter(({ image_id }) => image_id === id).length);
}
