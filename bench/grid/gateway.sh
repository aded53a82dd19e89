#!/usr/bin/env bash
# The carved service behind the gateway: both on the core this runs on, a Unix socket between them,
# as docs/gateway.md says for one machine.
# usage: gateway.sh WORKER GATEWAY ENDPOINT PORT CONFIG
set -euo pipefail
worker=$1 gateway=$2 endpoint=$3 port=$4 config=$5
# Not beside the configuration: a socket's path has 107 bytes at most, a checkout's may have more.
inner=$(mktemp -u "${TMPDIR:-/tmp}/grid-XXXXXXXX.sock")
cat > "$config" <<END
{"gateway": {
  "listen": ["127.0.0.1:$port"],
  "threads": 1,
  "upstreams": {"service": {"endpoints": ["unix:$inner"]}},
  "routes": [
    {"name": "health", "path": "/health", "upstream": "service"},
    {"name": "$endpoint", "path": "/$endpoint", "upstream": "service", "rewrite_path": "/domain:$endpoint"}
  ]
}}
END
"$worker" --http-unix "$inner" --max-concurrency 8192 &
exec "$gateway" run "$config"
