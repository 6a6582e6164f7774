"""Chinese text as people type it: full-width characters, invisible ones, days, counts and money in words.

Two forms of a text: `normalise` is what we keep and show (Chinese punctuation stays as it is), `key` is what we
compare by. What cannot be read for certain is refused with a sentence, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain
from typing import Final

from dongche.kit.clock import BEIJING
from dongche.kit.messages import N_


class Unreadable(ValueError):
    """A value that has no certain reading. `message` is a msgid with named placeholders, filled from `details`."""

    def __init__(self, code: str, message: str, **details: str) -> None:
        self.code = code
        self.message = message
        self.details = details
        super().__init__(message % details if details else message)


# --- Text --------------------------------------------------------------------------------------


def _character_table() -> dict[int, str | None]:
    """What `normalise` changes: width and visibility of characters, and look-alike ideographs; nothing else."""
    table: dict[int, str | None] = {}
    blocks = (
        range(0x2FE0),
        range(0x3000, 0x3001),
        range(0xF900, 0x10000),
        range(0x2F800, 0x2FA20),
        range(0xE0000, 0xE0080),
    )
    for code in chain.from_iterable(blocks):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf"):
            table[code] = " " if character in "\t\n\v\f\r\x85" else None
        elif unicodedata.category(character) in ("Zs", "Zl", "Zp"):
            table[code] = " "
        elif 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F:
            plain = unicodedata.normalize("NFKC", character)
            if plain != character:
                table[code] = plain
    for code in range(0xFF01, 0xFF5F):
        plain = chr(code - 0xFEE0)
        if plain.isalnum() or plain in "#%&*+-./<=>@_":
            table[code] = plain
    return table


_TABLE: Final = _character_table()
_SPACES: Final = re.compile(r" {2,}")


def normalise(text: str) -> str:
    """This function will fold full-width letters and digits, drop invisible characters and trim.

    Chinese punctuation, full-width brackets included, is left as it is: it is right in a Chinese name.

    >>> normalise("　青岛ＡＢＣ１２３\u200b（集团）  公司 ")
    '青岛ABC123（集团） 公司'
    """
    # What the table changes is either unprintable or not in form KC; most text is neither, and this is the quick way.
    if not (text.isprintable() and unicodedata.is_normalized("NFKC", text)):
        text = unicodedata.normalize("NFC", text.translate(_TABLE))
    text = text.strip()
    return _SPACES.sub(" ", text) if "  " in text else text


def key(text: str) -> str:
    """This function will reduce a text to what two spellings of the same name share.

    >>> key("青岛（集团） Ａ·B公司") == key("青岛(集团)a-b公司")
    True
    """
    folded = unicodedata.normalize("NFKC", normalise(text)).casefold()
    return folded if folded.isalnum() else "".join(filter(str.isalnum, folded))


def grams(name: str) -> set[str]:
    """This function will give the pairs of neighbouring characters by which a name is found.

    Empty:  a name of one character gives that character; a name of punctuation gives nothing

    >>> sorted(grams("四方(大)店"))
    ['四方', '大店', '方大']
    >>> grams("店")
    {'店'}
    """
    text = key(name)
    if len(text) < 2:
        return {text} if text else set()
    return {text[i : i + 2] for i in range(len(text) - 1)}


# --- Days --------------------------------------------------------------------------------------

NOT_A_DAY: Final = N_("“%(given)s” is not a day. Write it as 2020-03-20.")
_DAY: Final = re.compile(
    r"(?:(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?|(\d{4})(\d{2})(\d{2}))"
    r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_EXCEL_DAY_ZERO: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(367, 109_575)  # 1901-01-01 – 2199-12-31; Excel's own 1900 has a day too many


def parse_day(value: str | float | date) -> date:
    """This function will read a calendar day from a cell.

    Numbers are Excel's day numbers, or eight digits; text needs year, month and day in this order.
    Raises: Unreadable – no certain day, such as a text of two-digit years

    >>> [
    ...     str(parse_day(day))
    ...     for day in ("2020/3/20", "2020年3月20日", "２０２０．３．２０", 20200320, 43910.0)
    ... ]
    ['2020-03-20', '2020-03-20', '2020-03-20', '2020-03-20', '2020-03-20']
    """
    if isinstance(value, datetime):
        return value.astimezone(BEIJING).date() if value.tzinfo else value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _day_of_text(value)
    if not isinstance(value, bool):
        if value in _EXCEL_DAYS or (isinstance(value, float) and int(_finite(value)) in _EXCEL_DAYS):
            return _EXCEL_DAY_ZERO + timedelta(days=int(value))
        if value == int(_finite(value)) and 1_000_00_00 <= value <= 9999_12_31:
            return _day_of_text(str(int(value)))
    raise Unreadable("registry.not_a_day", NOT_A_DAY, given=str(value))


@lru_cache(maxsize=8192)
def _day_of_text(text: str) -> date:
    found = _DAY.fullmatch(normalise(text))
    if found:
        year, month, day = (part for part in found.groups() if part is not None)
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            pass
    raise Unreadable("registry.not_a_day", NOT_A_DAY, given=text)


def _finite(value: float) -> float:
    return value if abs(value) < 1e15 else 0.0  # infinities and not-a-number count as 0, which is no day


# --- Counts ------------------------------------------------------------------------------------

NOT_A_COUNT: Final = N_("“%(given)s” is not a whole number. Write only digits, such as 1200.")
_DIGITS: Final = r"\d+|\d{1,3}(?:,\d{3})+"
_COUNT: Final = re.compile(
    rf"([+-]?)({_DIGITS})(?:\.0+)?\s*(?:人|名|个|家|户|位|张|只|天|台|套|间|m2|㎡|平方米|平米|平)?"
)
_FIGURES: Final = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_STEPS: Final = {"十": 10, "百": 100, "千": 1000}
_IN_WORDS: Final = re.compile(r"([零〇一二两三四五六七八九十百千万]+)\s*(?:人|名|个|家|户|位)?")


def parse_count(value: str | float) -> int:
    """This function will read a whole number, which may be negative.

    Raises: Unreadable – "约50", "50-100", 12.5: not one whole number

    >>> parse_count("1,200 人"), parse_count("１２００"), parse_count(35.0), parse_count("十二")
    (1200, 1200, 35, 12)
    """
    if isinstance(value, str):
        return _count_of_text(value)
    if isinstance(value, bool) or not abs(value) < 1e15 or value != int(value):
        raise Unreadable("registry.not_a_count", NOT_A_COUNT, given=str(value))
    return int(value)


@lru_cache(maxsize=8192)
def _count_of_text(text: str) -> int:
    plain = normalise(text).replace("，", ",")
    found = _COUNT.fullmatch(plain)
    if found and len(found[2]) <= 20:
        return int(found[1] + found[2].replace(",", ""))
    words = _IN_WORDS.fullmatch(plain)
    number = _number_in_words(words[1]) if words else None
    if number is None:
        raise Unreadable("registry.not_a_count", NOT_A_COUNT, given=text)
    return number


def _number_in_words(words: str) -> int | None:
    """A number up to 9999万 from well-formed Chinese numerals, or None: 二十三, 一百零五, 三千."""
    if "万" in words:
        high, _, low = words.partition("万")
        above, below = _number_in_words(high), _number_in_words(low) if low else 0
        if above is None or below is None or "万" in low:
            return None
        if low and not low.startswith(("零", "〇")) and below < 1000:
            return None  # 三万五 may be 35000 or 30005
        return above * 10_000 + below
    total, figure, last_step = 0, None, 10_000
    for word in words:
        if word in _STEPS:
            step = _STEPS[word]
            if step >= last_step or figure == 0 or (figure is None and (step != 10 or total)):
                return None
            total, figure, last_step = total + (figure or 1) * step, None, step
        elif _FIGURES[word] == 0:
            if figure is not None:
                return None
            if words in ("零", "〇"):
                return 0
            last_step //= 10  # a nought skips at least one step: 一千零五十, 一百零五, but not 一百零五十
            if word == words[-1]:
                return None
        elif figure is not None:
            return None
        else:
            figure = _FIGURES[word]
    if figure is not None and last_step > 10 and total and "零" not in words and "〇" not in words:
        return None  # 一百五 is 150 in speech, 105 to a careless reader
    return total + (figure or 0) if total or figure else None


# --- Money -------------------------------------------------------------------------------------

NOT_MONEY: Final = N_(
    "“%(given)s” is not an amount of money. Write it in 万元, such as 3500, or with its unit, such as 1.2亿元."
)
_MONEY: Final = re.compile(
    rf"(?:[¥￥]|人民币|RMB|CNY)?\s*([+-]?)\s*({_DIGITS})(\.\d+)?\s*(亿|千万|百万|十万|万|千)?(元|圆|块|人民币|yuan|rmb|cny)?(整)?",
    re.I,
)
_MULTIPLES: Final = {"亿": 10**8, "千万": 10**7, "百万": 10**6, "十万": 10**5, "万": 10**4, "千": 10**3}
UNITS: Final = {"yi": 10**8, "wan": 10**4, "thousand": 10**3, "yuan": 1}


def parse_wan(value: str | float | Decimal, unit: str = "wan") -> int:
    """This function will read an amount of money; a bare number is in `unit`, by default 万元.

    Units:  result in fen, rounded half up; unit is one of yi, wan, thousand, yuan
    Raises: Unreadable – no one amount, such as "约500万" or "1亿2千万"

    >>> parse_wan("1.2亿"), parse_wan("3,500万元"), parse_wan(3500), parse_wan("800元")
    (12000000000, 3500000000, 3500000000, 80000)
    """
    if isinstance(value, str):
        return _money_of_text(value, unit)
    if isinstance(value, bool) or not _is_sane(value):
        raise Unreadable("registry.not_money", NOT_MONEY, given=str(value))
    return _fen(Decimal(repr(value) if isinstance(value, float) else value), UNITS[unit])


@lru_cache(maxsize=16384)
def _money_of_text(text: str, unit: str) -> int:
    found = _MONEY.fullmatch(normalise(text).replace("，", ","))
    if found is None or len(found[2]) > 20:
        raise Unreadable("registry.not_money", NOT_MONEY, given=text)
    sign, whole, part, multiple, currency, _ = found.groups()
    scale = _MULTIPLES[multiple] if multiple else 1 if currency else UNITS[unit]
    return _fen(Decimal(sign + whole.replace(",", "") + (part or "")), scale)


def _is_sane(value: float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else abs(value) < 1e15


def _fen(amount: Decimal, scale: int) -> int:
    try:
        return int((amount * scale * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    except InvalidOperation:
        raise Unreadable("registry.not_money", NOT_MONEY, given=str(amount)) from None


# --- Yes and no --------------------------------------------------------------------------------

NOT_YES_NO: Final = N_("“%(given)s” is neither yes nor no. Write 是 or 否.")
_YES: Final = frozenset(
    ["是", "有", "对", "√", "✓", "✔", "☑", "y", "yes", "true", "t", "1", "具备", "已具备", "具有", "已取得"]
)
_NO: Final = frozenset(
    [
        "否",
        "无",
        "没有",
        "非",
        "×",
        "✗",
        "✘",
        "☒",
        "x",
        "n",
        "no",
        "false",
        "f",
        "0",
        "不是",
        "不具备",
        "未取得",
    ]
)


def parse_yes_no(value: str | float | bool) -> bool:
    """This function will read yes or no.

    Raises: Unreadable – neither

    >>> parse_yes_no("是"), parse_yes_no("无"), parse_yes_no("√"), parse_yes_no(0)
    (True, False, True, False)
    """
    word = (
        normalise(value).casefold() if isinstance(value, str) else str(int(value)) if value in (0, 1) else ""
    )
    if word in _YES or word in _NO:
        return word in _YES
    raise Unreadable("registry.not_yes_no", NOT_YES_NO, given=str(value))
