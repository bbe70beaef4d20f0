"""Encrypted workbooks: opened with a password that was given, refused otherwise.

`read_sheets`: the bytes of one export, whatever its name ends in → its sheets.

This is the one boundary at which the exceptions of parsers become an `UntrustedInput`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence

from loubao.core.faults import Fault, UntrustedInput
from loubao.core.frames import Sheet
from loubao.workbook.container import Archive, check_honest, damaged, open_archive
from loubao.workbook.decoding import declared_encoding, decode, kind_of_bytes, kind_of_text
from loubao.workbook.grid import Grid, sheet_of

# What Excel uses when a workbook is only protected against changes: it opens without asking.
_SILENT_PASSWORD = "VelvetSweatshop"


def unlocked(content: bytes, file: str, passwords: Sequence[str], *, package: bool) -> bytes:
    """Return the decrypted bytes of an OLE container: the `package` inside, or BIFF again.

    Raises `UntrustedInput` when none of `passwords` opens it. No password enters a message.
    """
    import msoffcrypto

    for password in (_SILENT_PASSWORD, *passwords):
        opened = io.BytesIO()
        verify = {"verify_password": True} if package else {}
        try:
            office = msoffcrypto.OfficeFile(io.BytesIO(content))
            office.load_key(password=password, **verify)
        except Exception:  # a wrong password fails in many ways
            continue
        office.decrypt(opened)
        return opened.getvalue()
    raise locked(file, given=len(passwords))


def locked(file: str, given: int) -> UntrustedInput:
    """Return the refusal of an encrypted workbook after `given` passwords failed."""
    if given:
        return UntrustedInput(
            f"{file}：工作簿有打开密码，给出的 {given} 个密码都不对。"
            "请核对密码，或去掉密码另存后再试。"
        )
    return UntrustedInput(
        f"{file}：工作簿有打开密码。请去掉密码另存，或把密码写进 LOUBAO_PASSWORD 或密码文件后再试。"
    )


_EXPECTED = "请换成 xlsx、xls、ods、csv 格式的表格，或把它移出文件夹"


def read_sheets(content: bytes, file: str, passwords: Sequence[str] = ()) -> list[Sheet]:
    """Return the sheets of one export in workbook order; sheets without any content are left out.

    `file` is what messages and the sheets' `file` call it. `passwords` are tried on an encrypted
    workbook. Issues found: ERROR_CELL, FORMULA_WITHOUT_VALUE, HIDDEN_ROWS, HIDDEN_SHEET,
    PRIVATE_USE_CHARACTER, ROW_SHORT, ROW_LONG, QUOTE_UNCLOSED, UNREADABLE_CHARACTER.

    Raises `UntrustedInput` (never anything else) for a file that is empty, damaged, encrypted,
    far too large, or no table at all.
    """
    grids = _parsed(lambda: _grids(content, file, passwords), file)
    sheets = [sheet for grid in grids if (sheet := sheet_of(grid, file)) is not None]
    if not sheets:
        raise UntrustedInput(f"{file}：里面没有任何内容。请重新导出；不需要的话请移出文件夹。")
    return sheets


def _parsed(parse: Callable[[], Iterable[Grid]], file: str) -> list[Grid]:
    try:
        return list(parse())
    except (Fault, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a Rust extension is no Exception
        raise damaged(file) from error


def _grids(content: bytes, file: str, passwords: Sequence[str]) -> Iterable[Grid]:
    if not content.strip(b"\0 \t\r\n"):
        raise UntrustedInput(f"{file}：是空文件。请重新导出；不需要的话请移出文件夹。")
    kind = kind_of_bytes(content)
    if kind == "zip":
        return _zipped(open_archive(content, file))
    if kind == "ole":
        return _compound(content, file, passwords)
    if kind == "text":
        return _written(content, file)
    raise _foreign(file, kind)


def _zipped(archive: Archive) -> Iterable[Grid]:
    parts = archive.parts
    if "xl/workbook.xml" in parts:
        from loubao.workbook.spreadsheet import read_xlsx

        return read_xlsx(archive)
    if "content.xml" in parts:
        return _open_document(archive)
    if "xl/workbook.bin" in parts:
        raise UntrustedInput(f"{archive.file}：是二进制工作簿（xlsb）。请用表格软件另存为 xlsx。")
    if "word/document.xml" in parts:
        raise _foreign(archive.file, "文字文档（docx）")
    if "ppt/presentation.xml" in parts:
        raise _foreign(archive.file, "演示文稿（pptx）")
    raise UntrustedInput(f"{archive.file}：是压缩包，不是表格。请解压后把里面的表格放进来。")


def _open_document(archive: Archive) -> Iterable[Grid]:
    from loubao.workbook import opendocument

    if opendocument.is_encrypted(archive):
        raise locked(archive.file, given=0)
    check_honest(archive, skip=frozenset())
    return opendocument.read_ods(archive)


def _compound(content: bytes, file: str, passwords: Sequence[str]) -> Iterable[Grid]:
    from loubao.workbook import biff

    streams = biff.streams(content)
    if "encryptedpackage" in streams:
        package = unlocked(content, file, passwords, package=True)
        return _zipped(open_archive(package, file))
    stream = streams.get("workbook") or streams.get("book")
    if not stream:
        if "worddocument" in streams:
            raise _foreign(file, "文字文档（doc）")
        if "powerpoint document" in streams:
            raise _foreign(file, "演示文稿（ppt）")
        raise _foreign(file, "认不得的旧格式文件")
    if biff.is_encrypted(stream):
        content = unlocked(content, file, passwords, package=False)
        stream = biff.workbook_stream(content)
    from loubao.workbook.spreadsheet import read_biff

    return read_biff(content, stream, file)


def _written(content: bytes, file: str) -> Iterable[Grid]:
    decoded = decode(content, declared_encoding(content))
    if decoded is None:
        raise _foreign(file, "认不得的二进制文件")
    kind = kind_of_text(decoded.text)
    if kind == "html":
        from loubao.workbook.html_tables import read_html

        return read_html(decoded.text, file)
    if kind == "spreadsheetml":
        from loubao.workbook.spreadsheetml import read_spreadsheetml

        return read_spreadsheetml(decoded.text, file)
    if kind == "delimited":
        from loubao.workbook.delimited import read_delimited

        return [read_delimited(decoded.text, file, decoded.damaged)]
    raise _foreign(file, kind)


def _foreign(file: str, what: str) -> UntrustedInput:
    return UntrustedInput(f"{file}：看起来是{what}，不是表格。{_EXPECTED}。")
