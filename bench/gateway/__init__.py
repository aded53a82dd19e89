"""The gateway beside nginx, haproxy, Envoy, Caddy and a Python proxy."""
