"""What is no table is refused: exit code 3, the file's name, what it seems to be, what to do."""

from __future__ import annotations

import io
import random
import zipfile
from hashlib import md5
from struct import pack, unpack_from

import olefile
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile
from msoffcrypto.method.rc4 import DocumentRC4

from loubao.core.faults import UntrustedInput
from loubao.workbook import container as archive
from loubao.workbook.read_sheets import read_sheets
from tests.workbook.exports import cells, raw_sheet, with_parts, xlsx
from tests.workbook.test_reading_legacy import biff, ods

_GOOD = xlsx(lambda book: book.active.append(["姓名", "村"]))
_NOISE = random.Random(1)


def _zip(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as opened:
        for name, content in parts.items():
            opened.writestr(name.replace("__", "/").replace("_", "."), content)
    return target.getvalue()


def _with_picture(book: bytes) -> bytes:
    target = io.BytesIO(book)
    with zipfile.ZipFile(target, "a") as opened:
        opened.writestr("xl/media/image1.png", b"x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空文件"),
        (b"\0" * 4096, "空文件"),
        (b"\xef\xbb\xbf \r\n", "没有任何内容"),
        (b",,,\r\n,,,\r\n", "没有任何内容"),
        (xlsx(lambda book: None), "没有任何内容"),
        (_GOOD[: len(_GOOD) // 2], "损坏"),
        (_GOOD[:-30], "损坏"),
        (biff()[:3000], "损坏"),
        (ods()[:-100], "损坏"),
        (_NOISE.randbytes(5000), "认不得"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n...", "图片"),
        (b"\xff\xd8\xff\xe0...", "图片"),
        (b"\x00\x00\x00\x24ftypheic\x00\x00", "图片"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "图片"),
        (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36", "图片"),
        (b"\x00\x00\x00\x18ftypmp42", "视频"),
        (_zip(OFD_xml=b"<x/>"), "ofd"),
        (_with_picture(xlsx(lambda book: None)), "只贴了图片"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"{\\rtf1 x}", "RTF"),
        (b'{"code": 401, "msg": "x"}', "JSON"),
        (b"<html><body><p>login</p></body></html>", "没有表格"),
        (b'<?xml version="1.0"?><a/>', "XML"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "网页归档"),
        (_zip(word__document_xml=b"<x/>"), "docx"),
        (_zip(a_txt=b"x"), "压缩包"),
        (_zip(xl__workbook_bin=b"x"), "xlsb"),
        (_zip(xl__workbook_xml=b"<workbook/>"), "没有任何内容|损坏"),
        (
            raw_sheet('<sheetData><row r="1"><c r="A1" t="s"><v>9</v></c></row></sheetData>'),
            "没有任何内容",
        ),
        (raw_sheet("<sheetData><row><c><v>1"), "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "损坏"),
        (b"\x09\x04\x06\x00" + b"\0" * 100, "Excel 4"),
    ],
)
def test_refused(content: bytes, message: str) -> None:
    with pytest.raises(UntrustedInput, match=message) as refused:
        read_sheets(content, "六月/名单.xls")
    assert refused.value.message.startswith("六月/名单.xls：")
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("good", [_GOOD, biff(), ods()], ids=["xlsx", "xls", "ods"])
def test_damage_anywhere_is_read_or_refused_never_a_crash(good: bytes) -> None:
    noise = random.Random(2)
    for _ in range(60):
        damaged = bytearray(good)
        for _ in range(noise.randrange(1, 6)):
            damaged[noise.randrange(len(damaged))] = noise.randrange(256)
        try:
            read_sheets(bytes(damaged[: noise.choice([None, noise.randrange(len(good))])]), "f")
        except UntrustedInput as refused:
            assert "f：" in refused.message


def _shared_strings() -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write(0, 0, "姓名")
    with zipfile.ZipFile(target) as opened:
        strings = opened.read("xl/sharedStrings.xml")
    announced = strings.replace(b'niqueCount="1"', b'niqueCount="99999999999999"')
    assert announced != strings
    return with_parts(target.getvalue(), {"xl/sharedStrings.xml": announced})


def _dimensions(rows: int, columns: int, *, first: int = 0) -> bytes:
    content = bytearray(biff())
    at = content.index(b"\x00\x02\x0e\x00", 512)
    content[at + 4 : at + 16] = pack("<IIHH", first, rows, 0, columns)
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        _shared_strings(),
        _dimensions(1 << 31, 5),
        _dimensions(9, 65_535),
        _dimensions(3, 5, first=9),
    ],
)
def test_what_a_workbook_announces_is_not_believed(content: bytes) -> None:
    assert read_sheets(content, "f")[0].cells.height in (1, 5)


def test_zip_bomb_by_its_promise() -> None:
    sheet = b"<worksheet><sheetData>" + b" " * (archive.RATIO_FROM + 1)
    bomb = with_parts(_GOOD, {"xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(UntrustedInput, match="压缩炸弹"):
        read_sheets(bomb, "f")


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/styles.xml"])
def test_zip_bomb_that_lies_about_its_size(part: str) -> None:
    bomb = bytearray(with_parts(_GOOD, {part: b"<a>" + b" " * (archive.RATIO_FROM + 1)}))
    promised = (archive.RATIO_FROM + 4).to_bytes(4, "little")
    at = bomb.rfind(promised)
    while at >= 0:
        bomb[at : at + 4] = (5000).to_bytes(4, "little")
        at = bomb.rfind(promised)
    with pytest.raises(UntrustedInput, match="压缩炸弹"):
        read_sheets(bytes(bomb), "f")


def test_too_many_entries() -> None:
    many = _zip(**{f"x{i}": b"" for i in range(archive.MAX_ENTRIES + 1)})
    with pytest.raises(UntrustedInput, match="压缩炸弹"):
        read_sheets(many, "f")


def _encrypted(password: str) -> bytes:
    target = io.BytesIO()
    OOXMLFile(io.BytesIO(_GOOD)).encrypt(password, target)
    return target.getvalue()


def test_encrypted_xlsx() -> None:
    locked = _encrypted("安 123")
    with pytest.raises(UntrustedInput, match=r"六月\.xlsx：工作簿有打开密码。"):
        read_sheets(locked, "六月.xlsx")
    with pytest.raises(UntrustedInput, match="2 个密码都不对") as refused:
        read_sheets(locked, "六月.xlsx", ["secret1", "secret2"])
    assert "secret1" not in refused.value.message
    (sheet,) = read_sheets(locked, "六月.xlsx", ["secret1", "安 123"])
    assert cells(sheet) == {1: ["姓名", "村"]}


def test_workbook_that_is_only_protected_against_changes_opens() -> None:
    (sheet,) = read_sheets(_encrypted("VelvetSweatshop"), "f")
    assert cells(sheet) == {1: ["姓名", "村"]}


def _locked_biff(password: str) -> bytes:
    """Encrypt a workbook by RC4 in place ([MS-XLS] 2.2.10), FILEPASS taking WRITEACCESS's room."""
    content = biff()
    with olefile.OleFileIO(io.BytesIO(content)) as container:
        stream = container.openstream("Workbook").read()
    salt, verifier = bytes(range(16)), bytes(range(16, 32))
    proof = DocumentRC4.decrypt(
        password, salt, io.BytesIO(verifier + md5(verifier, usedforsecurity=False).digest())
    )
    filepass = pack("<HHHHH", 0x2F, 54, 1, 1, 1) + salt + proof.read()
    at = stream.index(b"\x5c\x00\x70\x00")
    filler = pack("<HH", 0x5C, 54) + bytes(54)
    stream = stream[:at] + filepass + filler + stream[at + len(filepass) + len(filler) :]
    cipher = DocumentRC4.decrypt(password, salt, io.BytesIO(stream), blocksize=1024).read()
    locked = bytearray(stream)
    at = 0
    while at + 4 <= len(stream):
        record, size = unpack_from("<HH", stream, at)
        clear = {0x809: size, 0x2F: size, 0xE1: size, 0x85: 4}.get(record, 0)
        locked[at + 4 + clear : at + 4 + size] = cipher[at + 4 + clear : at + 4 + size]
        at += 4 + size
    target = io.BytesIO(content)
    with olefile.OleFileIO(target, write_mode=True) as container:
        container.write_stream("Workbook", bytes(locked))
        target.seek(0)
        return target.read()


def test_encrypted_biff() -> None:
    locked = _locked_biff("password1")
    with pytest.raises(UntrustedInput, match=r"六月\.xls：工作簿有打开密码。"):
        read_sheets(locked, "六月.xls")
    with pytest.raises(UntrustedInput, match="1 个密码都不对"):
        read_sheets(locked, "六月.xls", ["x" * 40])
    opened = read_sheets(locked, "f", ["安", "password1"])
    assert [cells(sheet) for sheet in opened] == [
        cells(sheet) for sheet in read_sheets(biff(), "f")
    ]
