"""Accelerators: how much a chip holds, how fast it reads and computes, what it draws."""

from typing import Final, Self

from pydantic import model_validator

from hardware_profiles.quantities import (
    Gigabytes,
    GigabytesPerSecond,
    TerabytesPerSecond,
    Teraflops,
    Watts,
)
from pricing.clashes import ClashError
from pricing.figures import grouped
from pricing.provenance import Record, Source
from pricing.quantities import Count

_UNIT: Final = "Check the unit in the name of the key."
MOST_USABLE_SHARE: Final = 1.08
"""Of the printed memory: 2^30 bytes for each printed gigabyte are 1.074 of it."""
LEAST_READ_MS: Final = 0.5
MOST_READ_MS: Final = 5_000.0
"""Time to read all of its memory once [ms]: 19 to 80 of those on record. Beyond these limits one
of the two figures is of another unit, such as GB/s for TB/s."""
LEAST_FLOP_PER_BYTE: Final = 2.0
MOST_FLOP_PER_BYTE: Final = 10_000.0
"""Arithmetic for each byte read [flop/byte]: 153 to 1,875 of those on record."""


class Accelerator(Record):
    """One accelerator, dense figures per chip; None where no source says."""

    name: str
    vendor: str
    form_factor: str
    memory_gb: Gigabytes
    """Memory as the vendor prints it, in units of 1e9 bytes."""
    memory_type: str
    usable_gb: Gigabytes | None = None
    """Memory that the driver reports, in units of 1e9 bytes."""
    memory_bandwidth_tb_per_s: TerabytesPerSecond
    """How fast it reads its memory."""
    bf16_tflops: Teraflops | None = None
    """Dense arithmetic in bf16."""
    fp8_tflops: Teraflops | None = None
    """Dense arithmetic in fp8."""
    fp4_tflops: Teraflops | None = None
    """Dense arithmetic in fp4."""
    tdp_w: Watts | None = None
    """What it draws at most."""
    scale_up_link: str
    scale_up_gb_per_s: GigabytesPerSecond
    """Bandwidth to its neighbours, each way."""
    scale_up_domain: Count
    """Accelerators that reach each other over the scale-up link."""
    source: Source

    @model_validator(mode="after")
    def _memory_is_read_in_a_while(self) -> Self:
        most = MOST_USABLE_SHARE * self.memory_gb
        if self.usable_gb is not None and self.usable_gb > most:
            limit = f"must not exceed memory_gb {self.memory_gb:g}, save for the size of a GB"
            raise ClashError("usable_gb", self.usable_gb, limit, _UNIT)
        takes = self.memory_gb / self.memory_bandwidth_tb_per_s
        if not LEAST_READ_MS <= takes <= MOST_READ_MS:
            limit = (
                f"must read memory_gb {self.memory_gb:g} once in {LEAST_READ_MS:g} to "
                f"{MOST_READ_MS:,.0f} ms, and takes {_shown(takes)} ms"
            )
            given = self.memory_bandwidth_tb_per_s
            raise ClashError("memory_bandwidth_tb_per_s", given, limit, _UNIT)
        return self

    @model_validator(mode="after")
    def _computes_on_what_it_reads(self) -> Self:
        slower: tuple[str, float] | None = None
        for key in ("bf16_tflops", "fp8_tflops", "fp4_tflops"):
            rate: float | None = getattr(self, key)
            if rate is None:
                continue
            each = rate / self.memory_bandwidth_tb_per_s
            if not LEAST_FLOP_PER_BYTE <= each <= MOST_FLOP_PER_BYTE:
                limit = (
                    f"must be {LEAST_FLOP_PER_BYTE:g} to {MOST_FLOP_PER_BYTE:,.0f} operations for "
                    f"each byte that it reads, and is {_shown(each)}"
                )
                raise ClashError(key, rate, limit, _UNIT)
            if slower is not None and rate < slower[1]:
                limit = f"must not be below {slower[0]} {slower[1]:g}"
                remedy = "Leave it out where the chip has no arithmetic of that kind."
                raise ClashError(key, rate, limit, remedy)
            slower = (key, rate)
        return self

    @property
    def fit_gb(self) -> float:
        """Memory to plan with [GB]: what the driver reports, else the printed figure.

        A printed gigabyte is read as 1e9 bytes, which never overstates the memory.
        """
        return self.usable_gb if self.usable_gb is not None else self.memory_gb

    def tflops(self, precision: str) -> float | None:
        """Dense compute rate for weights of `precision` [TFLOPS]; None where not known.

        Four-bit integer weights are expanded and multiplied in bf16; MXFP4 and NVFP4 run at the
        fp4 rate where the chip has one and in bf16 where it has not.
        """
        if precision == "fp8":
            return self.fp8_tflops or self.bf16_tflops
        if precision in ("mxfp4", "nvfp4"):
            return self.fp4_tflops or self.bf16_tflops
        return self.bf16_tflops


def _shown(ratio: float) -> str:
    return grouped(ratio) if ratio >= 10 else f"{ratio:.2g}"
