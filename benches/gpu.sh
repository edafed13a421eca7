#!/bin/sh
# Checks and times LUNNY on an NVIDIA GPU, and writes one JSON object to standard output.
#
#   benches/gpu.sh path/to/lunny > gpu.json
#
# The program is built with `cargo build --release --features cuda`. On the machine with the GPU it needs its driver, a POSIX
# shell and python3; PyTorch is timed beside it where python3 has it. Takes a few minutes.
set -eu
lunny=${1:?usage: benches/gpu.sh path/to/lunny}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LUNNY_HOME="$work/home"
bench() { "$lunny" bench inference --json "$@"; }

# A CPU in place of a missing GPU would be measured in silence: the program says so in a remark.
if bench --device cuda --engine reference --runs 1 2>&1 >/dev/null | grep -q .; then
    echo "gpu.sh: $lunny cannot use the GPU; build it with --features cuda and check the driver with nvidia-smi" >&2
    exit 1
fi

for network in slice lesions; do
    for batch in 1 8 32; do
        bench --network "$network" --batch "$batch" --device cuda --engine reference >> "$work/times"
    done
done

"$lunny" sample --slices 12 "$work/sample" > /dev/null
for device in cpu cuda; do
    "$lunny" analyze --json --precision f32 --device "$device" "$work/sample" > "$work/$device"
done

python3 - "$work" <<'PYTHON'
import json, sys, time

work = sys.argv[1]
lines = lambda name: [json.loads(line) for line in open(f"{work}/{name}")]


def numbers(value, path=""):
    """Every probability in a JSON value, by its path."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from numbers(part, f"{path}/{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from numbers(part, f"{path}/{index}")
    elif isinstance(value, float) and "probability" in path:
        yield path, value


cpu, cuda = (dict(numbers(lines(name))) for name in ("cpu", "cuda"))
both = cpu.keys() & cuda.keys()
result = {
    "times": lines("times"),
    "probabilities_compared": len(both),
    "largest_difference": max((abs(cpu[path] - cuda[path]) for path in both), default=None),
    "pytorch_images_per_second": None,
}
try:
    import torch, torchvision
except ImportError:
    pass
else:
    times = {}
    for precision in (torch.float16, torch.bfloat16):
        network = torchvision.models.resnet50(weights=None).eval().cuda().to(precision)
        network = network.to(memory_format=torch.channels_last)
        for batch in (1, 8, 32):
            images = torch.rand(batch, 3, 224, 224).cuda().to(precision).to(memory_format=torch.channels_last)
            with torch.inference_mode():
                for _ in range(10):
                    network(images)
                torch.cuda.synchronize()
                start = time.perf_counter()
                for _ in range(30):
                    network(images)
                torch.cuda.synchronize()
            times[f"{precision}".removeprefix("torch.") + f" {batch}"] = 30 * batch / (time.perf_counter() - start)
    result["pytorch_images_per_second"] = times
print(json.dumps(result, indent=1))
PYTHON
