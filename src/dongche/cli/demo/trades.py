"""What the demonstration's places do: trades with their industry, and what is usual for each category.

Every name begins with 示范 and a number, so that nobody takes it for a real firm. The numbers are ours: no statistics
of the district were used.
"""

from __future__ import annotations

from typing import NamedTuple


class Trade(NamedTuple):
    """A trade: the end of the name, its GB/T 4754 code, its weight, and its nine-small class where it has one."""

    ending: str
    industry: str
    weight: float
    nine_small: str = ""


class Habit(NamedTuple):
    """What is usual in a category.

    Units:  `share` of all places (fixed numbers in FIXED); staff in people; output in yuan a day (medians);
            `odds` moves the log-odds to have resumed; `pace` moves the day of resumption; `recovery` is the output of
            a running place against its normal
    """

    share: float
    staff: float
    staff_spread: float
    output: float
    output_spread: float
    odds: float
    pace: float
    recovery: float
    has_licence: bool
    trades: tuple[Trade, ...]


FIXED = {"construction_site": 5, "farm_produce_market": 2, "office_building": 5}
KEY_ENTERPRISES = 100  # S49

HABITS: dict[str, Habit] = {
    "enterprise": Habit(
        0.30, 14, 0.9, 9_000, 0.9, 0.25, -2, 1.12, True,
        (
            Trade("机电设备有限公司", "C3811", 3), Trade("橡胶制品有限公司", "C2912", 1.2),
            Trade("服装有限公司", "C1811", 1.4), Trade("食品有限公司", "C1411", 1),
            Trade("医疗用品有限公司", "C2770", 0.5), Trade("印务有限公司", "C2319", 0.6),
            Trade("五金贸易有限公司", "F5174", 2), Trade("建材贸易有限公司", "F5165", 1.2),
            Trade("国际物流有限公司", "G5810", 1.2), Trade("仓储有限公司", "G5990", 0.5),
            Trade("软件科技有限公司", "I6513", 1.6), Trade("信息技术有限公司", "I6550", 1),
            Trade("建筑工程有限公司", "E4790", 1), Trade("装饰工程有限公司", "E5011", 0.8),
            Trade("物业管理有限公司", "K7020", 0.8), Trade("房地产开发有限公司", "K7010", 0.3),
            Trade("广告传媒有限公司", "L7251", 1), Trade("人力资源服务有限公司", "L7262", 0.6),
            Trade("检测技术有限公司", "M7452", 0.6), Trade("工程设计有限公司", "M7484", 0.7),
            Trade("环境科技有限公司", "N7721", 0.4), Trade("汽车维修有限公司", "O8111", 0.8),
        ),
    ),
    "supermarket": Habit(
        0.018, 26, 0.7, 26_000, 0.7, 1.8, -8, 1.10, True,
        (Trade("超市", "F5212", 3), Trade("生鲜超市", "F5212", 2), Trade("购物中心", "F5211", 1)),
    ),
    "electromechanical_market": Habit(
        0.016, 12, 0.5, 14_000, 0.6, -0.1, 2, 0.86, True,
        (Trade("机电市场", "F5175", 2), Trade("电工电料市场", "F5175", 1), Trade("轴承工具市场", "F5174", 1)),
    ),
    "nine_small_venue": Habit(
        0.31, 4, 0.5, 900, 0.6, -0.55, 4, 0.62, True,
        (
            Trade("小吃店", "H6291", 3, "小餐饮"), Trade("宾馆", "H6129", 1, "小旅馆"),
            Trade("便利店", "F5219", 2.4, "小商店"), Trade("美容美发店", "O8040", 2, "小美容洗浴"),
            Trade("诊所", "Q8425", 0.6, "小医院"), Trade("培训学校", "P8391", 0.8, "小学校"),
            Trade("网吧", "R9013", 0.5, "小网吧"), Trade("歌舞厅", "R9011", 0.4, "小歌舞娱乐"),
            Trade("服装加工坊", "C1819", 1, "小生产加工企业"), Trade("棋牌室", "R9090", 0.4, "棋牌室"),
        ),
    ),
    "street_shop": Habit(
        0.34, 3, 0.5, 1_100, 0.6, 0.1, 2, 0.74, True,
        (
            Trade("面馆", "H6210", 2), Trade("水果店", "F5223", 1.6), Trade("药店", "F5251", 1.2),
            Trade("五金店", "F5279", 1.6), Trade("电动车行", "F5264", 0.8), Trade("文具店", "F5241", 0.8),
            Trade("服装店", "F5232", 1.6), Trade("手机维修店", "O8122", 1), Trade("洗衣店", "O8030", 0.8),
            Trade("烟酒店", "F5227", 1), Trade("快递网点", "G6020", 0.8), Trade("花店", "F5249", 0.5),
            Trade("眼镜店", "F5236", 0.4), Trade("粮油店", "F5221", 0.9),
        ),
    ),
    "construction_site": Habit(
        0, 120, 0.4, 180_000, 0.4, 0.3, 4, 0.92, False,
        (Trade("住宅项目工地", "E4710", 2), Trade("地铁车站工地", "E4813", 1), Trade("管网改造工地", "E4852", 1)),
    ),
    "farm_produce_market": Habit(0, 60, 0.3, 90_000, 0.3, 3.0, -14, 1.02, True, (Trade("农贸市场", "F5123", 1),)),
    "office_building": Habit(
        0, 35, 0.3, 22_000, 0.4, 1.2, -4, 0.84, True, (Trade("商务大厦", "K7020", 1), Trade("商务中心", "K7040", 1))
    ),
}  # fmt: skip
CATEGORIES = tuple(HABITS)

WORDS = (
    "青禾", "海晏", "云舒", "禾木", "松涛", "晨帆", "临潮", "石榴", "望岳", "栖霞",
    "明溪", "朗清", "知行", "和畅", "丰登", "百川", "远帆", "朝晖", "银杏", "梧桐",
    "长青", "听涛", "南屏", "北辰", "东篱", "西岭", "春和", "夏木", "秋实", "冬青",
    "白鹭", "金穗", "宏达", "瑞和", "聚源", "信诺", "同舟", "广济", "润泽", "启明",
)  # fmt: skip

EXCLUDED: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("closed_by_order", "按疫情防控要求暂停营业（示范数据）", ("网吧", "歌舞厅", "棋牌室", "培训学校")),
    ("seasonal", "季节性歇业，往年四月起营业（示范数据）", ("花店", "水果店", "宾馆")),
    ("deregistered", "已办理注销，待下次台账更新（示范数据）", ()),
    ("moved_away", "已迁出辖区（示范数据）", ()),
)
