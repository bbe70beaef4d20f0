"""What is said about a cell that could not be taken as it stands: codes and wording."""

from __future__ import annotations

from loubao.workbook.grid import Note


def error_note(row: int, column: int, error: str) -> Note:
    """A cell showing an error value such as #N/A: read as blank."""
    detail = f"单元格是错误值 {error}，按空白处理；请在原表改正公式或直接填上内容"
    return Note(row, column, "ERROR_CELL", detail)


def valueless_note(row: int, column: int) -> Note:
    """A formula saved without its result: read as blank."""
    detail = "公式没有保存计算结果，按空白处理；请用表格软件打开、保存一次再试"
    return Note(row, column, "FORMULA_WITHOUT_VALUE", detail)
