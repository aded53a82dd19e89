#!/usr/bin/env bash
# The carved service behind the gateway: both on the core this runs on.
# usage: gateway.sh WORKER GATEWAY ENDPOINT PORT INNER_PORT CONFIG
set -euo pipefail
worker=$1 gateway=$2 endpoint=$3 port=$4 inner=$5 config=$6
cat > "$config" <<END
{"gateway": {
  "listen": ["127.0.0.1:$port"],
  "threads": 1,
  "upstreams": {"service": {"endpoints": ["http://127.0.0.1:$inner"]}},
  "routes": [
    {"name": "health", "path": "/health", "upstream": "service"},
    {"name": "$endpoint", "path": "/$endpoint", "upstream": "service", "rewrite_path": "/domain:$endpoint"}
  ]
}}
END
"$worker" --tcp "127.0.0.1:$inner" --max-concurrency 8192 &
exec "$gateway" run "$config"
