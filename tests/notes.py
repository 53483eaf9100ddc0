"""Notes as volunteers write them, full of numbers that are nobody's: times, dates, amounts, models.

Seeded, so that everybody measures the same notes. Written before the rules of `desk.my_number`
were tuned; whoever adds a sentence writes what a volunteer would write, not what passes.
"""

import random
from collections.abc import Callable

PHONES = (
    "iPhone 15",
    "iPhone SE（第3世代）",
    "iPhone13 mini",
    "Galaxy A54 5G",
    "Galaxy S24 Ultra",
    "AQUOS sense8",
    "AQUOS wish3 SH-53D",
    "arrows We2 F-52E",
    "Xperia 10 V",
    "らくらくスマートフォン F-52B",
    "BASIO active SHG09",
    "Google Pixel 7a",
    "OPPO A79 5G",
    "Redmi 12 5G XIG03",
    "かんたんスマホ3 A303KC",
    "iPad 第9世代",
    "シンプルスマホ6 A201SH",
)
SYSTEMS = ("iOS 17.6.1", "iOS 18.1", "Android 14", "Android 13", "Windows 11 23H2", "iPadOS 17.5")
APPS = ("LINE 14.17.1", "マイナポータル", "Yahoo!防災 3.42.0", "PayPay", "Googleマップ", "radiko")
NETWORKS = (
    "Iwanuma_Free_Wi-Fi",
    "aterm-3f2a1c-g",
    "Buffalo-G-12A0",
    "SPWN_H37_5A8B21",
    "elecom-7c0d4f",
    "TP-Link_5G_88F2",
    "au_Wi-Fi_2",
    "0000docomo",
)
TOWNS = ("中央1丁目", "桜二丁目", "たけくま3丁目", "玉浦西一丁目", "三軒茶屋町", "里の杜2丁目3-15")
PEOPLE = ("一人", "お二人", "2名", "ご夫婦2人", "娘さんと3人", "１名", "三人")
AGES = ("75歳", "八十二歳", "70代後半", "８１歳", "後期高齢（75歳以上）", "昭和16年生まれ", "90才")
HOW = ("くり返しで5分", "1回目", "３回目", "二回目", "2度", "1時間ほど", "三十分", "90分", "約15分")


def _day(pick: random.Random) -> str:
    month, day = pick.randint(1, 12), pick.randint(1, 28)
    year, weekday = pick.choice((2025, 2026, 2027)), pick.choice("月火水木金土日")
    return pick.choice(
        (
            f"{month}月{day}日",
            f"{month}/{day}",
            f"{month}/{day}（{weekday}）",
            f"{year}年{month}月{day}日",
            f"{year}-{month:02}-{day:02}",
            f"{year}/{month}/{day}",
            f"令和{year - 2018}年{month}月{day}日",
            f"R{year - 2018}.{month}.{day}",
            f"第{pick.randint(1, 4)}{weekday}曜",
            f"来月{day}日",
            "二十日",
            "十一月二十四日",
            f"{month}月{day}日～{month}月{min(day + 2, 30)}日",
        )
    )


def _clock(pick: random.Random) -> str:
    hour, minute = pick.randint(8, 18), pick.choice((0, 10, 15, 30, 45))
    return pick.choice(
        (
            f"{hour}:{minute:02}",
            f"{hour:02}:{minute:02}–{hour + 1}:{minute:02}",
            f"{hour}時",
            f"{hour}時{minute}分",
            f"午後{max(1, hour - 12)}時半",
            f"{hour}：{minute:02}～{hour + 1}：30",
            f"{hour}時〜{hour + 1}時",
            "十時半",
        )
    )


def _money(pick: random.Random) -> str:
    amount = pick.choice((pick.randint(1, 99) * 100, pick.randint(1000, 99_999), 12_800, 1_234_567))
    return pick.choice(
        (
            f"{amount:,}円",
            f"{amount}円",
            f"月々{pick.randint(980, 9_800):,}円",
            f"¥{amount:,}",
            f"{pick.randint(1, 30)}万円",
            "千円札2枚",
            f"月{pick.randint(1, 6)},{pick.randint(100, 999)}円→{pick.randint(1, 3)},278円",
            "100均",
            f"{pick.randint(1, 20)},000ポイント",
        )
    )


Say = Callable[[random.Random], str]
SENTENCES: tuple[Say, ...] = (
    lambda r: f"{r.choice(PHONES)}の文字を大きくした。",
    lambda r: f"{r.choice(PHONES)}（{r.choice(SYSTEMS)}）で{r.choice(APPS)}が開かない。",
    lambda r: f"{r.choice(APPS)}の使い方を{r.choice(HOW)}説明。",
    lambda r: f"{r.choice(NETWORKS)}につながらず、再起動でつながった。",
    lambda r: f"{r.choice(AGES)}、{r.choice(PEOPLE)}で来られた。",
    lambda r: f"{_day(r)} {_clock(r)}の講座を案内した。",
    lambda r: f"次は{_day(r)}の{_clock(r)}に来るとのこと",
    lambda r: f"{_day(r)}に市役所1階{r.randint(1, 9)}番窓口へ。",
    lambda r: f"料金が{_money(r)}になったとの相談。",
    lambda r: f"{_money(r)}の請求メールは開かないように伝えた",
    lambda r: f"通信量は月{r.randint(1, 20)}GB、残り{r.randint(10, 900)}MB。",
    lambda r: f"歩数計が{r.randint(1, 9)},{r.randint(100, 999)} 歩で止まる",
    lambda r: f"住所は{r.choice(TOWNS)}あたり。",
    lambda r: f"{r.choice(TOWNS)}から{r.randint(1, 9)}00 m、バス{r.randint(1, 5)}本のり",
    lambda r: f"カードの期限が{_day(r)}まで。更新を案内。",
    lambda r: f"暗証番号4桁を{r.randint(1, 3)}回まちがえてロック。市役所へ。",
    lambda _: "パスワードを忘れた。ご本人が再設定した。",
    lambda _: "PINは本人が入力。6けた以上と説明。",
    lambda r: f"写真{r.randint(20, 4_000)}枚を消して{r.randint(1, 60)}GB空いた。",
    lambda r: f"ワクチン{r.randint(1, 7)}回目の予約、{_day(r)} {_clock(r)}",
    lambda r: f"{r.randint(1, 12)}月分の電気代{_money(r)}をアプリで見た。",
    lambda r: f"2階ホール、いす{r.randint(10, 40)}脚、プロジェクター1台。",
    lambda r: f"電池{r.randint(1, 99)}％、{r.choice(('5G', '4G', 'LTE'))}、Bluetooth 5.3",
    lambda r: f"要介護{r.randint(1, 5)}の申請は14日以内と伝えた",
    lambda r: f"①電源を切る ②{r.randint(10, 30)}秒まつ ③入れる、で直った",
    lambda r: f"1. 設定をひらく\n2. Wi-Fi\n3. {r.choice(NETWORKS)}",
    lambda r: f"テレビは{r.randint(24, 55)}型、リモコン{r.choice('1234')}ボタン",
    lambda r: f"{r.randint(1, 4)}人に{r.randint(1, 3)}人ができた。講師{r.randint(1, 3)}名",
    lambda r: f"迷惑電話は188、けいさつは#9110と説明。{_clock(r)}まで",
    lambda r: f"午前{r.randint(8, 11)}時から{r.choice(HOW)}、{r.choice(PEOPLE)}。",
    lambda r: f"SIMは{r.choice(('nano', 'eSIM'))}、プランは{r.randint(3, 30)}ギガ{_money(r)}",
    lambda r: f"児童手当は15日以内、{_day(r)}生まれ。",
    lambda r: (
        f"画面が{r.randint(5, 7)}.{r.randint(1, 9)}インチで見にくい。文字{r.randint(16, 32)}pt"
    ),
    lambda r: f"エラー{r.choice(('50055', '0x800704cf', 'E203', '404', 'DF-DFERH-01'))}が出る",
    lambda r: f"ルーターの 192.168.{r.choice('01')}.1 を開いた。2.4GHzに変更",
    lambda r: f"出席{r.randint(2, 9)}、欠席{r.randint(0, 3)}、当日{r.randint(0, 3)}。",
    lambda r: f"{_day(r)}、{_day(r)}、{_day(r)}の3回とも参加",
    lambda r: f"{_clock(r)}→{_clock(r)}に変更。部屋は{r.randint(1, 3)}0{r.randint(1, 9)}号室",
    lambda r: f"第{r.randint(1, 4)}・{r.randint(2, 4)}水曜、{_clock(r)}",
    lambda _: "十二支の年賀状アプリ。一石二鳥と喜ばれた",
    lambda r: f"Excel 2019、Word 2021、Office 365の違い。{_money(r)}",
    lambda r: (
        f"体温{r.randint(35, 37)}.{r.randint(0, 9)}℃、"
        f"血圧{r.randint(110, 160)}/{r.randint(60, 95)}の記録アプリ"
    ),
    lambda r: (
        f"バス{r.randint(1, 9)}番のりば"
        f"{r.randint(6, 20)}:{r.randint(10, 59)}、{r.randint(200, 900)}円"
    ),
    lambda r: f"市民バス{_clock(r)}発、{r.randint(1, 4)}番線",
    lambda r: f"コンビニ交付は6:30–23:00、12/29–1/3は休み。{r.choice((200, 300, 450))}円",
    lambda r: (
        f"講座No.{r.randint(1, 30)}、{_day(r)}、定員{r.randint(4, 20)}名中{r.randint(1, 20)}名"
    ),
    lambda r: f"一、二回では覚えられないので{r.choice(HOW)}練習したい",
    lambda r: f"QRコードを2、3回読み直した。{r.choice(PHONES)}",
    lambda r: f"{r.choice(PHONES)}、{r.choice(SYSTEMS)}、{r.choice(AGES)}",
)
COUNT = 5_000


def realistic(count: int = COUNT, seed: int = 20261124) -> list[str]:
    """Notes of one to three sentences."""
    pick = random.Random(seed)
    return [
        pick.choice(("", " ", "\n")).join(
            say(pick) for say in pick.sample(SENTENCES, pick.choice((1, 1, 2, 3)))
        )
        for _ in range(count)
    ]
