"""Accelerators: how much a chip holds, how fast it reads and computes, what it draws."""

from hardware_profiles.quantities import (
    Gigabytes,
    GigabytesPerSecond,
    TerabytesPerSecond,
    Teraflops,
    Watts,
)
from pricing.provenance import Record, Source
from pricing.quantities import Count


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
