// Weights of the tile kernel in single precision.

@group(0) @binding(1) var<storage, read> weight: array<vec4f>;

fn load_weight(at: u32) -> vec4f { return weight[at]; }
