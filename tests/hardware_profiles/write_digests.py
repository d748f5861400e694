"""Write the shipped records with the digests of what they say: after a merge, or a new field.

``python -m tests.hardware_profiles.write_digests``. Only the fit makes figures; this changes none.
"""

import json
from pathlib import Path

from calibrate.fitting.record import record_text
from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.record_digest import KEY

FOLDER = Path(__file__).parents[2] / "hardware_profiles" / "data" / "calibrations"


def main():
    """Write every file anew."""
    for path in sorted(FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        document.pop(KEY, None)
        record = CalibrationRecord.model_validate_json(json.dumps(document))
        path.write_text(record_text(record), encoding="utf-8")


if __name__ == "__main__":
    main()
