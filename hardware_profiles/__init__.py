"""What the machines are, what they cost, and what they were measured to do."""

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.assumption import Assumption, AssumptionKey
from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.language_model import LanguageModel, Precision
from hardware_profiles.library import Library
from hardware_profiles.memory import MemoryFit, memory_fit, replicas_per_instance, require_fit
from hardware_profiles.offer import PurchaseOffer, RentalOffer, Term

__all__ = [
    "Accelerator",
    "Assumption",
    "AssumptionKey",
    "CalibrationRecord",
    "LanguageModel",
    "Library",
    "MemoryFit",
    "Precision",
    "PurchaseOffer",
    "RentalOffer",
    "Term",
    "memory_fit",
    "replicas_per_instance",
    "require_fit",
]
