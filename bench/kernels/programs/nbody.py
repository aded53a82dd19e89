"""N-body: the classic benchmark, with dataclasses instead of nested lists."""

import math
from dataclasses import dataclass


@dataclass
class Body:
    x: float
    y: float
    z: float
    vx: float
    vy: float
    vz: float
    mass: float


PI = 3.141592653589793
SOLAR_MASS = 4.0 * PI * PI
DAYS = 365.24


def make_system() -> list[Body]:
    bodies = [
        Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, SOLAR_MASS),
        Body(
            4.84143144246472090,
            -1.16032004402742839,
            -0.103622044471123109,
            0.00166007664274403694 * DAYS,
            0.00769901118419740425 * DAYS,
            -0.0000690460016972063023 * DAYS,
            0.000954791938424326609 * SOLAR_MASS,
        ),
        Body(
            8.34336671824457987,
            4.12479856412430479,
            -0.403523417114321381,
            -0.00276742510726411021 * DAYS,
            0.00499852801234917238 * DAYS,
            0.0000230417297573763929 * DAYS,
            0.000285885980666130812 * SOLAR_MASS,
        ),
        Body(
            12.8943695621391310,
            -15.1111514016986312,
            -0.223307578892655734,
            0.00296460137564761618 * DAYS,
            0.00237847173959480950 * DAYS,
            -0.0000296589568540237556 * DAYS,
            0.0000436624404335156298 * SOLAR_MASS,
        ),
        Body(
            15.3796971148509165,
            -25.9193146099879641,
            0.179258772950371181,
            0.00268067772490389322 * DAYS,
            0.00162824170038242295 * DAYS,
            -0.0000951592254519715870 * DAYS,
            0.0000515138902046611451 * SOLAR_MASS,
        ),
    ]
    px = 0.0
    py = 0.0
    pz = 0.0
    for b in bodies:
        px += b.vx * b.mass
        py += b.vy * b.mass
        pz += b.vz * b.mass
    sun = bodies[0]
    sun.vx = -px / SOLAR_MASS
    sun.vy = -py / SOLAR_MASS
    sun.vz = -pz / SOLAR_MASS
    return bodies


def advance(bodies: list[Body], dt: float, steps: int) -> None:
    n = len(bodies)
    for _ in range(steps):
        for i in range(n):
            a = bodies[i]
            for j in range(i + 1, n):
                b = bodies[j]
                dx = a.x - b.x
                dy = a.y - b.y
                dz = a.z - b.z
                d2 = dx * dx + dy * dy + dz * dz
                mag = dt / (d2 * math.sqrt(d2))
                ma = b.mass * mag
                mb = a.mass * mag
                a.vx -= dx * ma
                a.vy -= dy * ma
                a.vz -= dz * ma
                b.vx += dx * mb
                b.vy += dy * mb
                b.vz += dz * mb
        for c in bodies:
            c.x += dt * c.vx
            c.y += dt * c.vy
            c.z += dt * c.vz


def energy(bodies: list[Body]) -> float:
    e = 0.0
    n = len(bodies)
    for i in range(n):
        a = bodies[i]
        e += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
        for j in range(i + 1, n):
            b = bodies[j]
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            e -= (a.mass * b.mass) / math.sqrt(dx * dx + dy * dy + dz * dz)
    return e


def run(n: int) -> float:
    bodies = make_system()
    advance(bodies, 0.01, n)
    return energy(bodies)
