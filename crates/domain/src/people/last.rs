//! Who must not go: the last one of a role who can sign in.

use crate::UserId;

/// Whether nobody of a role could sign in once somebody has gone. `of_role`: everybody who has it, and whether they can.
/// Whoever has not accepted their invitation yet cannot, and may always go.
pub fn leaves_nobody(of_role: &[(UserId, bool)], goes: UserId) -> bool {
    let mut can = of_role.iter().filter(|(_, can)| *can).map(|(id, _)| *id).peekable();
    can.peek().is_some() && can.all(|id| id == goes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_who_can_sign_in_stays() {
        let id = |n: u128| UserId::from(uuid::Uuid::from_u128(n));
        let (ada, bo, cy) = (id(1), id(2), id(3));
        assert!(leaves_nobody(&[(ada, true)], ada));
        assert!(leaves_nobody(&[(ada, true), (bo, false)], ada), "Bo has not accepted");
        assert!(!leaves_nobody(&[(ada, true), (bo, false)], bo));
        assert!(!leaves_nobody(&[(ada, true), (bo, true)], ada));
        assert!(!leaves_nobody(&[(ada, false)], ada), "nobody can as it is");
        assert!(!leaves_nobody(&[(ada, true), (bo, true)], cy));
        assert!(!leaves_nobody(&[], ada));
    }
}
