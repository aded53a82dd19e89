fn encrypt(mut v0: u32, mut v1: u32, key: &[u32; 4]) -> (u32, u32) {
    let mut total = 0u32;
    for _ in 0..32 {
        v0 = v0.wrapping_add((((v1 << 4) ^ (v1 >> 5)).wrapping_add(v1)) ^ total.wrapping_add(key[(total & 3) as usize]));
        total = total.wrapping_add(0x9E3779B9);
        v1 = v1.wrapping_add((((v0 << 4) ^ (v0 >> 5)).wrapping_add(v0)) ^ total.wrapping_add(key[((total >> 11) & 3) as usize]));
    }
    (v0, v1)
}
pub fn run(n: i64) -> i64 {
    let key = [0x01234567, 0x89ABCDEF, 0x02468ACE, 0x13579BDF];
    let mut check = 0u32;
    for i in 0..n as u32 {
        let (a, b) = encrypt(i, i ^ check, &key);
        check = check.wrapping_mul(31).wrapping_add(a).wrapping_add(b);
    }
    i64::from(check)
}
