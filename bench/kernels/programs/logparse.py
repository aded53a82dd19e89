"""Access-log parsing and aggregation: str methods, dict counters, a dataclass, sorting."""

from dataclasses import dataclass, field


@dataclass
class Entry:
    ip: str
    method: str
    path: str
    status: int
    size: int
    ms: float


@dataclass
class Stats:
    count: int = 0
    errors: int = 0
    nbytes: int = 0
    times: list[float] = field(default_factory=list)


def parse_line(line: str) -> Entry | None:
    q1 = line.find('"')
    if q1 < 0:
        return None
    q2 = line.find('"', q1 + 1)
    if q2 < 0:
        return None
    request = line[q1 + 1 : q2].split(" ")
    if len(request) != 3:
        return None
    tail = line[q2 + 1 :].split()
    if len(tail) < 3 or not tail[0].isdigit():
        return None
    ip = line[: line.find(" ")]
    path = request[1]
    qm = path.find("?")
    if qm >= 0:
        path = path[:qm]
    size = 0 if tail[1] == "-" else int(tail[1])
    return Entry(ip, request[0], path, int(tail[0]), size, float(tail[2]))


def aggregate(lines: list[str]) -> str:
    by_path: dict[str, Stats] = {}
    by_ip: dict[str, int] = {}
    bad = 0
    for line in lines:
        e = parse_line(line)
        if e is None:
            bad += 1
            continue
        key = e.method + " " + e.path.lower()
        st = by_path.get(key)
        if st is None:
            st = Stats()
            by_path[key] = st
        st.count += 1
        st.nbytes += e.size
        if e.status >= 500:
            st.errors += 1
        st.times.append(e.ms)
        by_ip[e.ip] = by_ip.get(e.ip, 0) + 1
    parts: list[str] = []
    for key in sorted(by_path.keys()):
        st = by_path[key]
        ts = sorted(st.times)
        p95 = ts[len(ts) * 95 // 100]
        parts.append(
            key
            + "="
            + str(st.count)
            + ","
            + str(st.errors)
            + ","
            + str(st.nbytes)
            + ","
            + str(round(p95 * 1000.0))
        )
    top = sorted([(-c, ip) for ip, c in by_ip.items()])[:3]
    for c, ip in top:
        parts.append(ip + ":" + str(-c))
    return ";".join(parts) + ";bad=" + str(bad)


def make_lines(n: int) -> list[str]:
    methods = ["GET", "POST", "PUT", "DELETE"]
    paths = [
        "/",
        "/Api/users",
        "/api/Orders?id=17",
        "/static/app.js",
        "/health",
        "/api/v2/search?q=abc&p=2",
    ]
    lines: list[str] = []
    seed = 99
    for i in range(n):
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        a = (seed >> 8) % 200
        seed = (seed * 1103515245 + 12345) & 0x7FFFFFFF
        m = methods[(seed >> 8) % 4]
        p = paths[(seed >> 12) % 6]
        st = 500 if (seed >> 6) % 50 == 0 else 200
        size = "-" if (seed >> 5) % 20 == 0 else str((seed >> 7) % 50000)
        ms = str((seed >> 9) % 1000) + "." + str(100 + (seed >> 3) % 900)
        if i % 997 == 0:
            lines.append("garbage line without quotes " + str(i))
        else:
            lines.append(
                "10.0."
                + str(a // 16)
                + "."
                + str(a)
                + ' - - [10/Oct/2025:13:55:36 +0000] "'
                + m
                + " "
                + p
                + ' HTTP/1.1" '
                + str(st)
                + " "
                + size
                + " "
                + ms
            )
    return lines


def run(n: int) -> str:
    return aggregate(make_lines(n))
