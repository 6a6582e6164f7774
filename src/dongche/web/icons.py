"""Our own line icons, drawn on a 24 × 24 sheet with a 1.75 pen; shown by `{% icon "name" %}`."""

from __future__ import annotations

from collections.abc import Mapping

ICONS: Mapping[str, str] = {
    "alert": '<path d="M12 4 2.8 19.6h18.4z"/><path d="M12 10v4.2M12 17v.1"/>',
    "arrow-down": '<path d="M12 5v14M6.5 13.5 12 19l5.5-5.5"/>',
    "arrow-up": '<path d="M12 19V5M6.5 10.5 12 5l5.5 5.5"/>',
    "building": (
        '<path d="M5 20.5V4.5h9v16M14 9.5h5v11M2.8 20.5h18.4M8 '
        '8h3M8 12h3M8 16h3M16.5 13v.1M16.5 16.5v.1"/>'
    ),
    "calendar": '<rect x="4" y="5.5" width="16" height="15" rx="2"/><path d="M4 10h16M8.5 3v4M15.5 3v4"/>',
    "chart": '<path d="M4 4v16h16"/><path d="m7.5 15 3.5-4.5 3.5 2.5 5-6.5"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "chevron-down": '<path d="m6 9 6 6 6-6"/>',
    "chevron-left": '<path d="m15 6-6 6 6 6"/>',
    "chevron-right": '<path d="m9 6 6 6-6 6"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "copy": '<rect x="8.5" y="8.5" width="11.5" height="12" rx="1.5"/><path d="M15.5 8.5v-5h-12v12h5"/>',
    "crane": '<path d="M6 20.5V3.5M3.5 20.5h5M6 4.5l13.5 3H3M16 7.2v5M14.5 12.2h3v3h-3z"/>',
    "download": '<path d="M12 3.5v11.5M7 10.5l5 5 5-5M4.5 20h15"/>',
    "edit": '<path d="m4.5 19.5 1-4.5L16 4.5l3.5 3.5L9 18.5z"/><path d="m13.5 7 3.5 3.5"/>',
    "external": '<path d="M10 5H5v14h14v-5M14 4.5h5.5V10M19 5l-8 8"/>',
    "factory": (
        '<path d="M3.5 20.5V10l5.5 3.5V10l5.5 3.5V4h4l2 16.5z"/>'
        '<path d="M7.5 17v.1M12 17v.1M16.5 17v.1"/>'
    ),
    "file-text": '<path d="M6 3.5h8l4 4v13H6z"/><path d="M14 3.5v4h4M9 12h6M9 15.5h6"/>',
    "filter": '<path d="M4 5h16l-6.2 7.5V19l-3.6-1.8v-4.7z"/>',
    "flag": '<path d="M5.5 21V4M5.5 4.5h12l-2.5 4 2.5 4h-12"/>',
    "gauge": '<path d="M4.2 18a9 9 0 1 1 15.6 0"/><path d="m12 14 4-5"/><circle cx="12" cy="14" r="1.4"/>',
    "globe": (
        '<circle cx="12" cy="12" r="8.5"/>'
        '<path d="M3.5 12h17M12 3.5c5 5 5 12 0 17M12 3.5c-5 5-5 12 0 17"/>'
    ),
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5M12 8v.1"/>',
    "key": '<circle cx="8" cy="15.5" r="4.5"/><path d="M11.3 12.3 19.5 4M15.5 8l3.5 3.5"/>',
    "link": (
        '<path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 '
        '1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.7l1-1"/>'
    ),
    "list": '<path d="M9 6h11M9 12h11M9 18h11M4.5 6v.1M4.5 12v.1M4.5 18v.1"/>',
    "logout": '<path d="M10 4H5v16h5M9.5 12H20M16 8l4 4-4 4"/>',
    "map": (
        '<path d="m3.5 6.5 5.5-2.5 6 2.5 5.5-2.5v13.5L15 20l-6-2.5L3.5 20z"/>'
        '<path d="M9 4v13.5M15 6.5V20"/>'
    ),
    "map-pin": (
        '<path d="M12 21c-4.5-4.8-6.8-8.2-6.8-11.2a6.8 6.8 0 0 1 13.6 0c0 3-2.3 6.4-6.8 11.2z"/>'
        '<circle cx="12" cy="9.8" r="2.4"/>'
    ),
    "mask": (
        '<path d="M6 8c4-1.8 8-1.8 12 0v6c-2 3-4 4-6 4s-4-1-6-4z"/>'
        '<path d="M6 10C2.5 9 2.5 14 6.5 14M18 10c3.5-1 3.5 4-.5 4M9 11.5h6M9.5 14.5h5"/>'
    ),
    "menu": '<path d="M4 6.5h16M4 12h16M4 17.5h16"/>',
    "minus": '<path d="M5 12h14"/>',
    "phone": '<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M11 18h2"/>',
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "printer": '<path d="M7 9V3.5h10V9M7 17.5H4V9h16v8.5h-3"/><path d="M7 14.5h10v6H7z"/>',
    "qr": (
        '<path d="M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 '
        '14h2.5v2.5H14zM18 18h2v2h-2zM19.5 14v.1M14.5 19.5v.1"/>'
    ),
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "shield": (
        '<path d="M12 3.5 4.5 6v6c0 4.5 3 7.5 7.5 9 4.5-1.5 7.5-4.5 7.5-9V6z"/>'
        '<path d="m8.5 12 2.5 2.5 4.5-5"/>'
    ),
    "store": (
        '<path d="M4.5 10v10.5h15V10M3 9.5 5 4h14l2 5.5c-1.5 2-4 2-5 0-1 2-3 2-4 0-1 2-3 2-4 0-1 2-3.5 2-5 0z"/>'
        '<path d="M10 20.5V15h4v5.5"/>'
    ),
    "upload": '<path d="M12 15.5V4M7 8.5l5-5 5 5M4.5 20h15"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.8-4 3.6-6 7.5-6s6.7 2 7.5 6"/>',
    "users": (
        '<circle cx="9" cy="8.5" r="3.5"/>'
        '<path d="M2.8 19.5c.6-3.5 2.9-5.2 6.2-5.2s5.6 1.7 6.2 5.2"/>'
        '<path d="M15.5 5.3a3.5 3.5 0 0 1 0 6.4M17.5 14.6c2 .7 3.3 2.3 3.7 4.9"/>'
    ),
    "x": '<path d="m6 6 12 12M18 6 6 18"/>',
}  # fmt: skip

WHEEL = (
    '<circle cx="20" cy="20" r="17.5" fill="none" stroke="currentColor" stroke-width="2.6"/>'
    '<circle cx="20" cy="20" r="4.2" fill="currentColor"/>'
    '<g stroke="currentColor" stroke-width="2.2" stroke-linecap="round">'
    '<path d="M20 3v11M20 26v11M3 20h11M26 20h11M8 8l7.8 7.8M24.2 24.2L32 32M32 8l-7.8 7.8M15.8 24.2L8 32"/></g>'
)
