//! Colors that go together, and the numbers that choose among them. What must not be here: shapes.

/// What a part of a drawing is painted with, whatever the palette.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// The ground: light.
    Paper,
    /// Outlines and lettering: dark.
    Ink,
    Main,
    Second,
    Accent,
    /// The second color, much thinned with paper.
    Wash,
    /// The accent, thinned with paper.
    Glow,
    /// The ink, a little of the main color in it.
    Dusk,
}

/// Five colors and their mixtures.
#[derive(Clone, Copy)]
pub struct Palette {
    paper: u32,
    ink: u32,
    main: u32,
    second: u32,
    accent: u32,
}

const PALETTES: [[u32; 5]; 12] = [
    [0xF7_E9CC, 0x2B_2A33, 0xD9_532C, 0x3E_8E86, 0xF2_A93B],
    [0xF3_EDDF, 0x22_352C, 0x3F_7D58, 0xC9_8B4A, 0xE8_BE5A],
    [0xF5_F1E6, 0x14_304A, 0x1F_7A9C, 0x6D_B9B5, 0xF2_785C],
    [0xFC_EFE9, 0x3A_1B34, 0xB8_396A, 0x7A_5AA6, 0xF4_A259],
    [0xFA_EBD7, 0x43_302B, 0xC8_573E, 0x6F_8F88, 0xF0_C05A],
    [0xFF_F6EC, 0x3D_3A5C, 0xEF_7A85, 0x66_AFBA, 0xFF_C75F],
    [0xF5_EEE2, 0x1E_2147, 0x46_50A8, 0xE0_7A9B, 0xFF_CF56],
    [0xF7_F3E8, 0x2F_3A2F, 0x6E_8B5B, 0xD9_8E73, 0xE9_C46A],
    [0xF6_F4EF, 0x20_242B, 0xD6_4545, 0x2F_6690, 0xF0_B429],
    [0xF3_F7F0, 0x33_261F, 0x2F_A58A, 0xA0_6B45, 0xF7_B59E],
    [0xFB_F4E4, 0x0F_3B3F, 0xE7_6F51, 0x2A_9D8F, 0xF4_C95D],
    [0xF4_F1F7, 0x2A_2350, 0x6C_63C7, 0x4F_B0C6, 0xFF_9F80],
];

impl Palette {
    pub fn of(dice: &mut Dice) -> Self {
        let [paper, ink, main, second, accent] =
            dice.of(&PALETTES, [0xF7_E9CC, 0x2B_2A33, 0xD9_532C, 0x3E_8E86, 0xF2_A93B]);
        Palette {
            paper,
            ink,
            main,
            second,
            accent,
        }
    }

    /// The palette of a later version: the same colors in other places.
    pub fn revised(self, version: i64) -> Self {
        let Palette { main, second, .. } = self;
        if version % 2 == 0 {
            Palette {
                main: second,
                second: main,
                ..self
            }
        } else {
            self
        }
    }

    pub fn color(&self, tone: Tone) -> String {
        let value = match tone {
            Tone::Paper => self.paper,
            Tone::Ink => self.ink,
            Tone::Main => self.main,
            Tone::Second => self.second,
            Tone::Accent => self.accent,
            Tone::Wash => mix(self.paper, self.second, 28),
            Tone::Glow => mix(self.paper, self.accent, 45),
            Tone::Dusk => mix(self.ink, self.main, 22),
        };
        format!("#{value:06x}")
    }

    /// A tone with so many hundredths of ink in it.
    pub fn shaded(&self, tone: Tone, percent: u32) -> String {
        let plain = u32::from_str_radix(self.color(tone).trim_start_matches('#'), 16).unwrap_or(self.ink);
        format!("#{:06x}", mix(plain, self.ink, percent))
    }

    /// A tone with so many hundredths of white in it.
    pub fn thinned(&self, tone: Tone, percent: u32) -> String {
        let plain = u32::from_str_radix(self.color(tone).trim_start_matches('#'), 16).unwrap_or(self.paper);
        format!("#{:06x}", mix(plain, 0xFF_FFFF, percent))
    }
}

/// `percent` hundredths of the second color in the first.
fn mix(one: u32, other: u32, percent: u32) -> u32 {
    let percent = percent.min(100);
    [16, 8, 0]
        .iter()
        .map(|shift| {
            let (a, b) = ((one >> shift) & 0xFF, (other >> shift) & 0xFF);
            ((a * (100 - percent) + b * percent) / 100) << shift
        })
        .sum()
}

/// FNV-1a over the words, with a mark between them.
pub fn hash(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain(std::iter::once(0)));
    bytes.fold(0xCBF2_9CE4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// Choices that look like chance and are always the same.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64, part: &str) -> Self {
        Dice(seed ^ hash(&[part]))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end.max(1))).unwrap_or(0)
    }

    pub fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * f64::from(self.below(1001)) / 1000.0
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, items: &[T], none: T) -> T {
        let count = u32::try_from(items.len()).unwrap_or(1);
        let at = usize::try_from(self.below(count)).unwrap_or(0);
        items.get(at).copied().unwrap_or(none)
    }
}
