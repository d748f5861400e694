"""A workbook as a reader finds it: cells by sheet and place, and what one changed cell does."""

import re
import subprocess
import zipfile
from io import BytesIO
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RECALCULATE_ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


class Workbook:
    """Cells of an XLSX file, read without any library that also writes them."""

    def __init__(self, content):
        self.content = content
        with zipfile.ZipFile(BytesIO(content)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        book = ElementTree.fromstring(self.parts["xl/workbook.xml"])
        self.names = {
            name.get("name"): name.text.replace("$", "").replace("'", "")
            for name in book.iter(f"{MAIN}definedName")
        }
        self.sheets = [sheet.get("name") for sheet in book.iter(f"{MAIN}sheet")]
        strings = ElementTree.fromstring(self.parts["xl/sharedStrings.xml"])
        self.strings = [
            "".join(text.text or "" for text in item.iter(f"{MAIN}t"))
            for item in strings.iter(f"{MAIN}si")
        ]
        self.values, self.formulas = {}, {}
        for number, sheet in enumerate(self.sheets, 1):
            root = ElementTree.fromstring(self.parts[f"xl/worksheets/sheet{number}.xml"])
            for cell in root.iter(f"{MAIN}c"):
                self._read(f"{sheet}!{cell.get('r')}", cell)

    def _read(self, place, cell):
        value, formula = cell.find(f"{MAIN}v"), cell.find(f"{MAIN}f")
        if formula is not None:
            self.formulas[place] = formula.text
        if value is None:
            return
        kind = cell.get("t")
        if value.text is None:
            self.values[place] = ""
        elif kind == "s":
            self.values[place] = self.strings[int(value.text)]
        elif kind in {"str", "e"}:
            self.values[place] = value.text or ""
        else:
            self.values[place] = float(value.text)

    def named(self, name):
        return self.values[self.names[name]]

    def column(self, sheet, head, below):
        """Values of a column by those of another, under two headings of one row."""
        heads = {
            v: p for p, v in self.values.items() if p.startswith(f"{sheet}!") and v in (head, below)
        }
        letter, row = re.fullmatch(r".*!([A-Z]+)(\d+)", heads[head]).groups()
        key = re.fullmatch(r".*!([A-Z]+)(\d+)", heads[below]).group(1)
        found = {}
        for place, value in self.values.items():
            match = re.fullmatch(rf"{re.escape(sheet)}!{key}(\d+)", place)
            if match and int(match.group(1)) > int(row):
                found[value] = self.values.get(f"{sheet}!{letter}{match.group(1)}")
        return found

    def with_value(self, name, value):
        """The same file with a named cell holding another number, values of formulas as before."""
        sheet, cell = self.names[name].split("!")
        part = f"xl/worksheets/sheet{self.sheets.index(sheet) + 1}.xml"
        text = self.parts[part].decode()
        pattern = rf'<c r="{cell}"( s="\d+")?(?: t="s")?><v>[^<]*</v></c>'
        changed, count = re.subn(pattern, rf'<c r="{cell}"\1><v>{value!r}</v></c>', text)
        assert count == 1
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name_, content in self.parts.items():
                archive.writestr(name_, changed.encode() if name_ == part else content)
        return Workbook(out.getvalue())

    def recalculated(self, folder):
        """What LibreOffice makes of it, every formula worked out anew."""
        profile = folder / "profile"
        (profile / "user").mkdir(parents=True, exist_ok=True)
        (profile / "user" / "registrymodifications.xcu").write_text(RECALCULATE_ALWAYS)
        (folder / "book.xlsx").write_bytes(self.content)
        command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless"]
        command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", folder / "out"]
        subprocess.run(
            [*command, folder / "book.xlsx"], check=True, capture_output=True, timeout=120
        )
        return Workbook((folder / "out" / "book.xlsx").read_bytes())
