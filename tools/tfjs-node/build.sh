#!/usr/bin/env bash
# Builds the native addon of @tensorflow/tfjs-node for this checkout: a training of the LSTM then takes about a
# tenth of the CPU time that it takes in WebAssembly. Linux on x86-64; needs g++ and pip.
#
# The package's own install script downloads a prebuilt libtensorflow, which many networks block; package.json keeps
# it from running. The same libraries are inside the Python wheel tensorflow-cpu, and the addon's sources are inside
# the npm package. Node-API's headers, the same for every Node.js, are in the npm package node-api-headers.
#
# usage: tools/tfjs-node/build.sh   (from anywhere; `npm ci` removes what it made, run it again then)
set -euo pipefail

readonly NODE_API_HEADERS=1.5.0
readonly TENSORFLOW=2.15.1   # the last one whose C API has all that tfjs-node 4 calls

cd "$(dirname "$0")/../.."
readonly LIBRARIES=$PWD/node_modules/.cache/tensorflow-$TENSORFLOW
readonly HEADERS=$PWD/node_modules/.cache/node-api-headers-$NODE_API_HEADERS
readonly ADDON=node_modules/@tensorflow/tfjs-node

say() { echo "tfjs-node: $*" >&2; }
for program in g++ npm python3 tar; do
  command -v "$program" > /dev/null || { say "there is no $program: install it first"; exit 2; }
done
[ "$(uname -sm)" = 'Linux x86_64' ] || { say "this is for Linux on x86_64, not $(uname -sm)"; exit 2; }

[ -d "$ADDON/binding" ] || { say "there is no $ADDON: run \`npm ci\` first, without --omit=optional"; exit 2; }

if [ ! -d "$HEADERS/package" ]; then
  mkdir -p "$HEADERS"
  tar -xzf "$HEADERS/$(npm pack --silent --pack-destination "$HEADERS" "node-api-headers@$NODE_API_HEADERS")" -C "$HEADERS"
fi

if [ ! -f "$LIBRARIES/complete" ]; then
  say "libtensorflow $TENSORFLOW, from the wheel (about 200 MB)"
  rm -rf "$LIBRARIES" && mkdir -p "$LIBRARIES"
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
    --platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64 --dest "$LIBRARIES" "tensorflow-cpu==$TENSORFLOW"
  python3 - "$LIBRARIES" << 'PYTHON'
"""Takes the two libraries and the headers of the C API out of the wheel."""
import pathlib, sys, zipfile

folder = pathlib.Path(sys.argv[1])
wanted = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
headers = ("c/", "core/platform/", "tsl/")
(wheel,) = folder.glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        inside = name.removeprefix("tensorflow/")
        if inside in wanted or inside.startswith(tuple(f"include/tensorflow/{h}" for h in headers) + ("include/tsl/", "include/xla/tsl/")):
            archive.extract(name, folder)
wheel.unlink()
(folder / "complete").touch()
PYTHON
fi

say "compiling"
rm -rf "$ADDON/deps" "$ADDON/lib"
mkdir -p "$ADDON/deps/lib" "$ADDON/lib/napi-v8"
cp -l "$LIBRARIES"/tensorflow/libtensorflow_*.so.2 "$ADDON/deps/lib/"
# tfjs-node links to `libtensorflow`; in the wheel it is called `libtensorflow_cc`.
ln -s libtensorflow_cc.so.2 "$ADDON/deps/lib/libtensorflow.so"
ln -s libtensorflow_framework.so.2 "$ADDON/deps/lib/libtensorflow_framework.so"
g++ -std=c++17 -O2 -fPIC -shared -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION \
  -I "$HEADERS/package/include" -I "$ADDON" -I "$LIBRARIES/tensorflow/include" \
  "$ADDON"/binding/*.cc -L "$ADDON/deps/lib" -ltensorflow -ltensorflow_framework \
  '-Wl,-rpath,$ORIGIN/../../deps/lib' -o "$ADDON/lib/napi-v8/tfjs_binding.node"

npx --no-install node src/ml/tensorflow/check.ts
