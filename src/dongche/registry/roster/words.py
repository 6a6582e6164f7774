"""Words of a roster for documents, origins, transport and codes, as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dongche.kit.chinese import Unreadable, key
from dongche.kit.messages import N_
from dongche.registry.models import DocumentType, HealthCode, ObservedAt, Origin, Risk, Transport

CHOICE = N_("“%(given)s” is not known here. Write one of: %(expected)s.")

DOCUMENTS: Final = {
    DocumentType.RESIDENT_ID: "居民身份证 身份证 二代身份证 idcard residentid residentidentitycard",
    DocumentType.HK_MACAO_PERMIT: "港澳居民来往内地通行证 港澳通行证 回乡证 港澳证 "
    "mainlandtravelpermitforhongkongandmacaoresidents",
    DocumentType.TAIWAN_PERMIT: "台湾居民来往大陆通行证 台胞证 台湾通行证 mainlandtravelpermitfortaiwanresidents",
    DocumentType.RESIDENCE_PERMIT: "港澳台居民居住证 港澳居民居住证 台湾居民居住证 "
    "residencepermitforhongkong,macaoandtaiwanresidents "
    "residencepermitforhongkongmacaoandtaiwanresidents",
    DocumentType.PASSPORT: "护照 普通护照 外国护照 passport",
    DocumentType.FOREIGN_PERMANENT: "外国人永久居留身份证 外国人永久居留证 永居证 permanentresidencecardofforeigners",
    DocumentType.OTHER: "其他证件 其他 other anotherdocument",
}
ORIGINS: Final = {
    Origin.LOCAL: "本市 本地 青岛 未离青 未离开青岛 在青 市内 local didnotleaveqingdao",
    Origin.PROVINCE: "省内 本省 山东省内 山东 省内市外 province elsewhereinshandong",
    Origin.OTHER_PROVINCE: "省外 外省 其他省份 otherprovince anotherprovince",
    Origin.HUBEI: "湖北 湖北省 hubei",
    Origin.ABROAD: "境外 国外 海外 入境 abroad",
}
RISKS: Final = {
    Risk.LOW: "低 低风险 低风险地区 低风险区 low low-riskarea lowriskarea",
    Risk.MEDIUM: "中 中风险 中风险地区 中风险区 medium medium-riskarea mediumriskarea",
    Risk.HIGH: "高 高风险 高风险地区 高风险区 high high-riskarea highriskarea",
}
CODES: Final = {
    HealthCode.GREEN: "绿 绿码 绿色 green greencode",
    HealthCode.YELLOW: "黄 黄码 黄色 yellow yellowcode",
    HealthCode.RED: "红 红码 红色 red redcode",
}
TRANSPORTS: Final = {
    Transport.PLANE: "飞机 航班 plane aeroplane",
    Transport.TRAIN: "火车 高铁 动车 列车 铁路 train",
    Transport.COACH: "客车 大巴 长途汽车 长途客车 包车 汽车 coach",
    Transport.CAR: "自驾 自驾车 私家车 小汽车 car",
    Transport.SHIP: "轮船 客轮 船 ship",
    Transport.OTHER: "其他 other otherwise",
}
PLACES: Final = {
    ObservedAt.HOME: "居家 居家隔离 居家观察 居家医学观察 在家 home athome",
    ObservedAt.SITE: "集中 集中隔离 集中观察 集中隔离点 隔离点 宾馆 酒店 site atacentralisedsite",
}
SEXES: Final = {"m": "男 m male", "f": "女 f female"}
_SHANDONG: Final = [
    "山东",
    "济南",
    "淄博",
    "枣庄",
    "东营",
    "烟台",
    "潍坊",
    "济宁",
    "泰安",
    "威海",
    "日照",
    "临沂",
    "德州",
    "聊城",
    "滨州",
    "菏泽",
]
_HUBEI: Final = [
    "湖北",
    "武汉",
    "黄石",
    "十堰",
    "宜昌",
    "襄阳",
    "鄂州",
    "荆门",
    "孝感",
    "荆州",
    "黄冈",
    "咸宁",
    "随州",
    "恩施",
    "仙桃",
    "潜江",
    "天门",
    "神农架",
]
_LOCAL: Final = [
    "青岛",
    "本市",
    "市南区",
    "市北区",
    "李沧",
    "崂山",
    "黄岛",
    "城阳",
    "即墨",
    "胶州",
    "平度",
    "莱西",
    "未离青",
    "未离开",
]
_PROVINCES: Final = [
    "北京",
    "天津",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "上海",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "河南",
    "湖南",
    "广东",
    "广西",
    "海南",
    "重庆",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "甘肃",
    "青海",
    "宁夏",
    "新疆",
    "香港",
    "澳门",
    "台湾",
]
_ABROAD: Final = [
    "境外",
    "国外",
    "海外",
    "韩国",
    "日本",
    "美国",
    "英国",
    "法国",
    "德国",
    "意大利",
    "西班牙",
    "伊朗",
    "泰国",
    "新加坡",
    "俄罗斯",
    "加拿大",
    "澳大利亚",
]


def read(given: str, words: Mapping[str, str]) -> str:
    """The code for a word. Raises: Unreadable"""
    wanted = key(given)
    for code, known in words.items():
        if wanted == key(str(code)) or wanted in known.split():
            return str(code)
    expected = "、".join(known.split()[0] for known in words.values())
    raise Unreadable("registry.word_unknown", CHOICE, given=given[:60], expected=expected)


def origin_of(place: str) -> str:
    """This function will say from the name of a place where somebody came from, as far as a rule asks.

    Empty: the empty text where the place is not one whose province is known for certain

    >>> (
    ...     str(origin_of("湖北省武汉市江岸区")),
    ...     str(origin_of("山东烟台")),
    ...     str(origin_of("青岛市市北区")),
    ...     origin_of("某地"),
    ... )
    ('hubei', 'province', 'local', '')
    """
    text = key(place)
    for code, names in (
        (Origin.LOCAL, (*_LOCAL, *(f"山东{name}" for name in _LOCAL), *(f"山东省{name}" for name in _LOCAL))),
        (Origin.HUBEI, _HUBEI),
        (Origin.PROVINCE, _SHANDONG),
        (Origin.OTHER_PROVINCE, _PROVINCES),
        (Origin.ABROAD, _ABROAD),
    ):
        if any(text.startswith(name) for name in names):
            return str(code)
    return ""
