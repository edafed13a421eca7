//! The inner loop in AMX: products of tiles of 16 rows by 16 columns, for [`super::convolution`] and for the gradients of filters.
//!
//! Source of the layouts: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18.

use super::kernel::PIXELS;
use super::memory::LINE;

/// Rows of a tile, and numbers of 32 bits in its row.
const ROWS: usize = 16;

/// Shapes of the tiles of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// [`PIXELS`] pixels by 16 output channels, summed over 32 input channels.
    Convolution,
    /// 16 output channels by 16 input channels, summed over [`PIXELS`] pixels of two images.
    Gradient,
    /// 16 pixels by 16 output channels, summed over 32 input channels.
    Inference,
}

/// Four sums of products: two tiles of left factors by two tiles of right factors.
#[derive(Debug, Clone, Copy)]
pub struct Product<'a> {
    /// Distances, in bytes, of the left and of the right factors of each product from the first ones.
    pub steps: &'a [[isize; 2]],
    /// The first row of both tiles of left factors, and bytes from a row to the next.
    pub left: [*const u16; 2],
    pub left_row: usize,
    /// The first row of right factors; the second tile follows 64 bytes later. Bytes from a row to the next.
    pub right: *const u16,
    pub right_row: usize,
    /// The sums of both tiles of left factors, each with those of the second right tile 64 bytes later; bytes from a row to the next.
    pub sums: [*mut f32; 2],
    pub sums_row: usize,
}

/// Sums of a convolution's two tiles: pixels by [`LINE`] channels.
#[repr(C, align(64))]
pub struct Sums(pub [[[f32; LINE]; PIXELS]; 2]);

/// True if the processor has the instructions, and the kernel lets this process use them.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub fn is_available() -> bool {
    use std::sync::LazyLock;

    // AMX-BF16 and AMX-TILE in EDX of leaf 7.
    const BF16_AND_TILE: u32 = 1 << 22 | 1 << 24;
    /// Asks the kernel for a part of the processor's state.
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const TILE_DATA: libc::c_long = 18;
    static AVAILABLE: LazyLock<bool> = LazyLock::new(|| {
        let edx = std::arch::x86_64::__cpuid_count(7, 0).edx;
        // SAFETY: the call takes two numbers and changes no memory of this process.
        edx & BF16_AND_TILE == BF16_AND_TILE
            && unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) } == 0
    });
    *AVAILABLE
}

/// False: the instructions are used on Linux only.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
pub fn is_available() -> bool {
    false
}

/// The shapes of the eight tiles, as the processor reads them: four of sums, two of left and two of right factors.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

impl Configuration {
    fn of(shape: Shape) -> Self {
        const FULL: usize = 4 * ROWS;
        let (sums, left, left_bytes, right) = match shape {
            Shape::Convolution => (PIXELS, PIXELS, FULL, ROWS),
            Shape::Gradient => (ROWS, ROWS, 4 * PIXELS, PIXELS),
            Shape::Inference => (ROWS, ROWS, FULL, ROWS),
        };
        let mut configuration = Self {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            row_bytes: [0; 16],
            rows: [0; 16],
        };
        for tile in 0..8 {
            let (rows, bytes) = match tile {
                0..4 => (sums, FULL),
                4..6 => (left, left_bytes),
                _ => (right, FULL),
            };
            configuration.rows[tile] = rows as u8;
            configuration.row_bytes[tile] = bytes as u16;
        }
        configuration
    }
}

/// Tiles of a shape on this thread, from its construction until it is dropped.
#[derive(Debug)]
pub struct Tiles(std::marker::PhantomData<*const ()>);

impl Tiles {
    /// Configures the tiles of this thread.
    ///
    /// # Safety
    /// [`is_available`]; no other value of this type exists on this thread.
    pub unsafe fn new(shape: Shape) -> Self {
        let configuration = Configuration::of(shape);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the configuration is 64 bytes, and its shapes are within the tiles' size.
        unsafe {
            std::arch::asm!(
                "ldtilecfg [{}]",
                in(reg) &configuration,
                options(nostack, preserves_flags, readonly)
            );
        }
        let _ = configuration;
        Self(std::marker::PhantomData)
    }

    /// Computes the sums of `product`, which replace the previous contents of their memory.
    ///
    /// # Safety
    /// Every address is good for the rows of the configured shape; no other thread writes what is read, or touches what is
    /// written.
    pub unsafe fn multiply(&self, product: &Product<'_>) {
        if product.steps.is_empty() {
            return;
        }
        let [first, second] = product.left;
        let [above, below] = product.sums;
        let addresses = [
            first.addr(),
            second.addr(),
            product.right.addr(),
            above.addr(),
            below.addr(),
        ];
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the caller's promise; the tiles' registers are used by nothing else.
        unsafe {
            std::arch::asm!(
                "tilezero tmm0",
                "tilezero tmm1",
                "tilezero tmm2",
                "tilezero tmm3",
                "2:",
                "mov {left}, [{step}]",
                "mov {right}, [{step} + 8]",
                "add {left}, [{addresses}]",
                "add {right}, [{addresses} + 16]",
                "tileloadd tmm4, [{left} + {left_row}]",
                "tileloadd tmm6, [{right} + {right_row}]",
                "tdpbf16ps tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{right} + {right_row} + 64]",
                "tdpbf16ps tmm1, tmm4, tmm7",
                "mov {left}, [{step}]",
                "add {left}, [{addresses} + 8]",
                "tileloadd tmm5, [{left} + {left_row}]",
                "tdpbf16ps tmm2, tmm5, tmm6",
                "tdpbf16ps tmm3, tmm5, tmm7",
                "add {step}, 16",
                "cmp {step}, {end}",
                "jne 2b",
                "mov {left}, [{addresses} + 24]",
                "mov {right}, [{addresses} + 32]",
                "tilestored [{left} + {sums_row}], tmm0",
                "tilestored [{left} + {sums_row} + 64], tmm1",
                "tilestored [{right} + {sums_row}], tmm2",
                "tilestored [{right} + {sums_row} + 64], tmm3",
                step = inout(reg) product.steps.as_ptr() => _,
                end = in(reg) product.steps.as_ptr_range().end,
                left = out(reg) _,
                right = out(reg) _,
                addresses = in(reg) &addresses,
                left_row = in(reg) product.left_row,
                right_row = in(reg) product.right_row,
                sums_row = in(reg) product.sums_row,
                out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                options(nostack)
            );
        }
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the tiles of this thread are configured, see `new`.
        unsafe {
            std::arch::asm!("tilerelease", options(nostack, nomem, preserves_flags));
        }
    }
}
