/** One row of the paper's Tables 1–3, in percent. */
export interface PublishedRow {
  /** Method with its citation, as printed. */
  method: string;
  /** Head, shoulder, elbow, wrist, hip, knee, ankle, mean; `null` where the table has a dash. */
  ap: readonly (number | null)[];
}

/** One of the paper's tables. */
export interface PublishedTable {
  /** Number of the table. */
  table: 1 | 2 | 3;
  /** Data set, as printed. */
  dataset: string;
  /** Rows, as printed. */
  rows: readonly PublishedRow[];
}

function row(method: string, ...ap: (number | null)[]): PublishedRow {
  return { method, ap };
}

/**
 * The paper's Tables 1–3, copied as published: nothing in them was measured with this package.
 */
// deno-fmt-ignore -- one row a line, as printed
export const publishedTables: readonly PublishedTable[] = [
  {
    table: 1,
    dataset: "PoseTrack2017",
    rows: [
      row("PoseWarper (Bertasius et al. 2019)", 81.4, 88.3, 83.9, 78.0, 82.4, 80.5, 73.6, 81.2),
      row("CorrTrack (Rafi et al. 2020)", 86.1, 87.0, 83.4, 76.4, 77.3, 79.2, 73.3, 80.8),
      row("Dynamic-GNN (Yang et al. 2021)", 88.4, 88.4, 82.0, 74.5, 79.1, 78.3, 73.1, 81.1),
      row("DCPose (Liu et al. 2021)", 88.0, 88.7, 84.1, 78.4, 83.0, 81.4, 74.2, 82.8),
      row("FAMI-Pose (Liu et al. 2022a)", 89.6, 90.1, 86.3, 80.0, 84.6, 83.4, 77.0, 84.8),
      row("SLT-Pose (Gai et al. 2023)", 88.9, 89.7, 85.6, 79.5, 84.2, 83.1, 75.8, 84.2),
      row("HANet (Jin et al. 2023)", 90.0, 90.0, 85.0, 78.8, 83.1, 82.1, 77.1, 84.2),
      row("TDMI (Feng et al. 2023)", 90.0, 91.1, 87.1, 81.4, 85.2, 84.5, 78.5, 85.7),
      row("M-HANet (Jin et al. 2024)", 90.3, 90.7, 85.3, 79.2, 83.4, 82.6, 77.8, 84.8),
      row("DSTA (He and Yang 2024)", 89.3, 90.6, 87.3, 82.6, 84.5, 85.1, 77.8, 85.6),
      row("JMPose (Wu et al. 2024a)", 90.7, 91.6, 87.8, 82.1, 85.9, 85.3, 79.2, 86.4),
      row("TPSD-MS (Zhang et al. 2025)", 91.1, 91.5, 87.6, 82.1, 85.9, 85.0, 79.4, 86.4),
      row("TPSD-ViT (Zhang et al. 2025)", 90.7, 91.1, 87.9, 83.6, 85.3, 86.3, 80.0, 86.7),
      row("LAPose (Ours)", 91.2, 91.6, 88.1, 84.1, 89.4, 88.0, 81.3, 87.9),
    ],
  },
  {
    table: 2,
    dataset: "PoseTrack2018",
    rows: [
      row("PoseWarper (Bertasius et al. 2019)", 79.9, 86.3, 82.4, 77.5, 79.8, 78.8, 73.2, 79.7),
      row("Dynamic-GNN (Yang et al. 2021)", 80.6, 84.5, 80.6, 74.4, 75.0, 76.7, 71.8, 77.9),
      row("DCPose (Liu et al. 2021)", 84.0, 86.6, 82.7, 78.0, 80.4, 79.3, 73.8, 80.9),
      row("FAMI-Pose (Liu et al. 2022a)", 85.5, 87.7, 84.2, 79.2, 81.4, 81.1, 74.9, 82.2),
      row("SLT-Pose (Gai et al. 2023)", 84.3, 87.5, 83.5, 78.5, 80.9, 80.2, 74.4, 81.5),
      row("HANet (Jin et al. 2023)", 86.1, 88.5, 84.1, 78.7, 79.0, 80.3, 77.4, 82.3),
      row("TDMI (Feng et al. 2023)", 86.2, 88.7, 85.4, 80.6, 82.4, 82.1, 77.5, 83.5),
      row("M-HANet (Jin et al. 2024)", 86.7, 88.9, 84.6, 79.2, 79.7, 81.3, 78.7, 82.7),
      row("DSTA (He and Yang 2024)", 85.9, 88.8, 85.0, 81.1, 81.5, 83.0, 77.4, 83.4),
      row("JMPose (Wu et al. 2024a)", 86.6, 88.7, 86.0, 81.6, 83.3, 83.2, 78.2, 84.1),
      row("TPSD-MS (Zhang et al. 2025)", 87.0, 89.0, 85.6, 81.5, 83.4, 82.4, 78.2, 84.1),
      row("TPSD-ViT (Zhang et al. 2025)", 86.9, 89.0, 86.0, 81.6, 83.3, 83.3, 78.0, 84.2),
      row("LAPose (Ours)", 87.8, 89.4, 86.0, 82.6, 84.4, 84.0, 79.0, 85.0),
    ],
  },
  {
    table: 3,
    dataset: "PoseTrack21",
    rows: [
      row("CorrTrack (Rafi et al. 2020)", null, null, null, null, null, null, null, 72.3),
      row("DCPose (Liu et al. 2021)", 83.2, 84.7, 82.3, 78.1, 80.3, 79.2, 73.5, 80.5),
      row("FAMI-Pose (Liu et al. 2022a)", 83.3, 85.4, 82.9, 78.6, 81.3, 80.5, 75.3, 81.2),
      row("TDMI (Feng et al. 2023)", 85.8, 87.5, 85.1, 81.2, 83.5, 82.4, 77.9, 83.5),
      row("DSTA (He and Yang 2024)", 87.5, 87.0, 84.2, 81.4, 82.3, 82.5, 77.7, 83.5),
      row("JMPose (Wu et al. 2024a)", 85.8, 88.1, 85.7, 82.5, 84.1, 83.1, 78.5, 84.0),
      row("TPSD-MS (Zhang et al. 2025)", 87.0, 87.6, 85.3, 81.5, 84.0, 82.6, 77.9, 83.9),
      row("TPSD-ViT (Zhang et al. 2025)", 87.7, 88.0, 85.0, 81.7, 83.4, 82.8, 78.3, 84.1),
      row("LAPose (Ours)", 88.1, 88.3, 85.4, 82.6, 84.4, 83.7, 79.1, 84.8),
    ],
  },
];
