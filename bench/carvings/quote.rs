use crate::types::Line;
use carveout_runtime::Outcome;

pub fn quote(line: Line) -> Outcome<Line> {
    Ok(Line {
        count: line.count + 1,
        price: line.price * 1.01,
        ..line
    })
}
