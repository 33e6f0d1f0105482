#!/bin/sh
# Writes Python stubs for the given protos into a folder: stubs.sh OUT PROTO_ROOT PROTO...
set -eu
out=$1 root=$2
shift 2
mkdir -p "$out"
exec protoc -I "$root" --python_out="$out" --grpc_python_out="$out" \
  --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" "$@"
