#!/usr/bin/env bash
# Says what LivePortrait does on a GPU that nobody could try before: everything in one run of at most eight minutes, on a
# machine that has an NVIDIA card, Python with numpy, onnx and PyTorch for CUDA 13, and neither Rust nor a network.
#
#   scripts/gpu-check.sh --gaze FILE --onnxruntime FILE [--out FOLDER] [--device cuda] [--seconds 470] [--python python3]
#                        [--grid 30] [--models FOLDER] [--stand-in "ARGUMENTS"]
#
# Prepared beforehand, on any machine with Rust:
#
#   cargo build --release -p gaze-cli && strip -o gaze target/release/gaze && xz -k gaze
#
# 33 MB, and 10 MB as gaze.xz, which serves as well; with an archive of 24 MB and this tree that is under 64 MiB. It needs no newer
# glibc than its functions ask for (`objdump -T gaze | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -1`): 2.35 where it was built on
# Debian 12, so Ubuntu 22.04 and later. --onnxruntime is an archive or a folder with libonnxruntime.so.*, libonnxruntime_providers_shared.so
# and libonnxruntime_providers_cuda.so, those of PyPI's onnxruntime-gpu for instance. cuBLAS, cuDNN, curand and the CUDA runtime
# are looked for in the folders nvidia/*/lib of the Python environment. The models are stand-ins with random weights and the
# published networks' layers, made here (scripts/full_size_stand_in.py), unless --models names others.
#
# Into the folder go log.txt, what each step said, and summary.json. A step that fails or takes too long does not stop the
# next. `--device cpu --grid 2` goes through all of it without a card; `--stand-in "--width 0.1"` with thin models.
set -u
cd "$(dirname "$0")/.."

gaze='' onnxruntime='' out=${OUT:-gpu-check} device=cuda seconds=470 python=python3 grid=30 models='' stand_in=''
while [ $# -gt 0 ]; do
  case $1 in
    --gaze) gaze=$2 ;;
    --onnxruntime) onnxruntime=$2 ;;
    --out) out=$2 ;;
    --device) device=$2 ;;
    --seconds) seconds=$2 ;;
    --python) python=$2 ;;
    --grid) grid=$2 ;;
    --models) models=$2 ;;
    --stand-in) stand_in=$2 ;;
    *) echo "there is no option $1; see the head of $0" >&2; exit 2 ;;
  esac
  shift 2
done
[ -f "$gaze" ] || { echo "name the built program: --gaze FILE" >&2; exit 2; }
[ -e "$onnxruntime" ] || { echo "name ONNX Runtime, an archive or a folder: --onnxruntime FILE" >&2; exit 2; }
mkdir -p "$out" || exit 1
gaze=$(realpath "$gaze") out=$(realpath "$out")
work=$(mktemp -d)
sampler=''
trap '[ -z "$sampler" ] || kill "$sampler" 2>/dev/null; rm -rf "$work"' EXIT
exec > >(tee "$out/log.txt") 2>&1

left() { echo $((seconds - SECONDS)); }

# step NAME SECONDS COMMAND...: runs it for so long at most, or for what is left; what it says goes to NAME.txt as well.
step() {
  local name=$1 limit=$2 status
  shift 2
  [ "$(left)" -ge "$limit" ] || limit=$(left)
  echo "== $name, ${SECONDS} s"
  if [ "$limit" -lt 2 ]; then
    echo "left out: no time"
    echo "$name 124 0" >> "$out/steps.txt"
    return
  fi
  local begun=$SECONDS
  timeout -k 5 "$limit" "$@" > "$out/$name.txt" 2> "$out/$name.err"
  status=$?
  echo "$name $status $((SECONDS - begun))" >> "$out/steps.txt"
  tail -n 12 "$out/$name.err"
  # Lines for machines are summed up at the end.
  grep -v '^{' "$out/$name.txt" | tail -n 60
  [ $status = 0 ] || echo "$name ended with $status"
}

# The card's memory in MiB, five times a second, into NAME.memory until the next call.
sample() {
  [ -z "$sampler" ] || kill "$sampler" 2>/dev/null
  sampler=''
  [ -n "${1:-}" ] && command -v nvidia-smi > /dev/null || return 0
  nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits -lms 200 > "$out/$1.memory" 2>/dev/null &
  sampler=$!
}

: > "$out/steps.txt"

if [ "${gaze%.xz}" != "$gaze" ]; then
  "$python" -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$gaze" "$work/gaze"
  gaze=$work/gaze
  chmod +x "$gaze"
fi
step machine 20 sh -c 'nvidia-smi; nproc; free -g; ldd --version | head -1; "$0" --version; '"'$python'"' --version' "$gaze"
if [ -d "$onnxruntime" ]; then
  library=$(realpath "$onnxruntime")
else
  library=$work/onnxruntime
  step unpack 60 "$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2], filter="data")' "$onnxruntime" "$library"
fi
runtime=$(find "$library" -name 'libonnxruntime.so*' ! -name '*providers*' | head -1)
nvidia=$("$python" - <<'PYTHON'
import glob, os, site, sys, sysconfig
roots = {sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"], *site.getsitepackages(), site.getusersitepackages()}
folders = {f for root in roots for f in glob.glob(os.path.join(root, "nvidia", "*", "lib")) + glob.glob(os.path.join(root, "torch", "lib"))}
print(":".join(sorted(folders)))
PYTHON
)
export ORT_DYLIB_PATH=$runtime LD_LIBRARY_PATH=$(dirname "$runtime"):$nvidia:${LD_LIBRARY_PATH:-}
echo "ONNX Runtime: $runtime"
echo "libraries: $LD_LIBRARY_PATH"
provider=$(dirname "$runtime")/libonnxruntime_providers_cuda.so
[ ! -e "$provider" ] || step libraries 30 sh -c 'ldd "$0" | grep -v "linux-vdso"' "$provider"

if [ -z "$models" ]; then
  models=$work/models
  # shellcheck disable=SC2086 # several arguments
  step stand-in 120 "$python" scripts/full_size_stand_in.py --out "$models" $stand_in
fi

engine=(--models "$models" --device "$device")
sweep() {
  local name=$1
  shift
  sample "$name"
  step "$name" 90 "$gaze" generate examples/astronaut.png --out "$work/$name" --engine liveportrait --grid "$grid" --json \
    --no-resume "${engine[@]}" "$@"
  sample
}

step doctor 90 "$gaze" doctor "${engine[@]}"
# As a first run is, before anything was measured.
sweep sweep-fp32-untuned --precision fp32 --no-tuning
sample bench
step bench 270 "$gaze" bench --json --check-cpu --seconds 120 --grid "$grid" "${engine[@]}"
sample
sweep sweep-fp16 --precision fp16
sweep sweep-fp32 --precision fp32
"$python" scripts/gpu_check_summary.py "$out"
echo "== done, ${SECONDS} s"
