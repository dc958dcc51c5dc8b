"""The words of the flow, in Indonesian: what items say, what people do with them, what they ask."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from events.vocabulary import AspirationKind, KipClass, NeedHorizon, Topic, Verdict

_SHORT, _LONG = NeedHorizon.SHORT_TERM, NeedHorizon.LONG_TERM
_BERKALA, _SERTA_MERTA, _SETIAP_SAAT = KipClass.BERKALA, KipClass.SERTA_MERTA, KipClass.SETIAP_SAAT


class Wording(NamedTuple):
    """What an item says, and what people do once they know; `truth` is what replaces a wrong one."""

    topic: Topic
    horizon: NeedHorizon
    kip_class: KipClass
    title: str
    text: str
    action: str
    truth: str = ""


ITEMS: Final[Sequence[Wording]] = (
    Wording(
        Topic.HEALTH,
        _SHORT,
        _BERKALA,
        "Jadwal posyandu dan imunisasi bulan ini",
        "Bawalah buku KIA. Imunisasi dan penimbangan bayi gratis, pukul 08.00 sampai 11.00.",
        "Membawa anak ke posyandu",
    ),
    Wording(
        Topic.HEALTH,
        _SHORT,
        _SERTA_MERTA,
        "Demam berdarah: kerja bakti membersihkan genangan air",
        "Kasus demam berdarah naik. Kuras bak mandi, tutup tempat air, kubur barang bekas.",
        "Kerja bakti membersihkan saluran air",
    ),
    Wording(
        Topic.FARMING,
        _SHORT,
        _BERKALA,
        "Penebusan pupuk bersubsidi",
        "Kelompok tani menebus pupuk di kios resmi dengan KTP; periksa nama di daftar sebelum berangkat.",
        "Menebus pupuk di kios resmi",
    ),
    Wording(
        Topic.FARMING,
        _LONG,
        _SETIAP_SAAT,
        "Pelatihan membuat kompos dari kulit kakao",
        "Kulit kakao dapat menjadi kompos dalam enam minggu. Penyuluh mengajarkan caranya di balai desa.",
        "Membuat kompos di kebun kelompok",
    ),
    Wording(
        Topic.DISASTER,
        _SHORT,
        _SERTA_MERTA,
        "Peringatan dini hujan lebat dan banjir",
        "Hujan lebat diperkirakan sampai malam. Warga di tepi sungai menyiapkan diri untuk mengungsi.",
        "Memindahkan barang dan mengungsi ke balai desa",
    ),
    Wording(
        Topic.DISASTER,
        _LONG,
        _SETIAP_SAAT,
        "Jalur evakuasi tsunami di pesisir",
        "Kenali jalur evakuasi: ikuti tanda hijau, naik ke tempat tinggi, jangan menunggu perintah.",
        "Berlatih menempuh jalur evakuasi",
    ),
    Wording(
        Topic.SOCIAL_AID,
        _SHORT,
        _BERKALA,
        "Pembagian bantuan pangan di balai desa",
        "Penerima membawa surat undangan dan KTP. Yang belum terdata melapor kepada ketua RT.",
        "Mengambil bantuan di balai desa",
    ),
    Wording(
        Topic.EDUCATION,
        _SHORT,
        _BERKALA,
        "Pendaftaran beasiswa anak petani",
        "Pendaftaran dibuka dua minggu. Syarat: rapor, kartu keluarga, dan surat keterangan desa.",
        "Mendaftarkan anak",
    ),
    Wording(
        Topic.EDUCATION,
        _LONG,
        _SETIAP_SAAT,
        "Saring sebelum sebar: tiga langkah memeriksa pesan",
        "Lihat siapa sumbernya, cari di situs resmi, tanyakan kepada KIM. Bila ragu, jangan sebarkan.",
        "Memeriksa pesan di grup warga",
    ),
    Wording(
        Topic.SMALL_BUSINESS,
        _LONG,
        _SETIAP_SAAT,
        "Nomor induk berusaha bagi usaha mikro, gratis",
        "Pelaku usaha mikro mengurus NIB sendiri dari telepon genggam; petugas membantu setiap Selasa.",
        "Mengurus NIB",
    ),
    Wording(
        Topic.TOURISM,
        _LONG,
        _SETIAP_SAAT,
        "Desa wisata: menyiapkan pemandu dan penginapan warga",
        "Kelompok sadar wisata mencari pemandu muda dan rumah yang dapat menerima tamu.",
        "Mendaftar sebagai pemandu",
    ),
    Wording(
        Topic.CIVIL_REGISTRATION,
        _SHORT,
        _BERKALA,
        "Perekaman KTP elektronik keliling",
        "Mobil perekaman datang ke balai kecamatan. Bawa kartu keluarga; datang sebelum pukul 12.00.",
        "Merekam KTP elektronik",
    ),
    Wording(
        Topic.OTHER,
        _SHORT,
        _BERKALA,
        "Musyawarah desa tentang anggaran tahun depan",
        "Warga diundang menyampaikan usulan; ringkasan anggaran ditempel di papan pengumuman.",
        "Menghadiri musyawarah desa",
    ),
)

WRONG_ITEMS: Final[Sequence[Wording]] = (
    Wording(
        Topic.SOCIAL_AID,
        _SHORT,
        _SERTA_MERTA,
        "Bantuan tunai dibagikan hari ini, cukup isi formulir di tautan",
        "Bantuan tunai cair hari ini. Isi nama dan nomor rekening di tautan sebelum pukul 15.00.",
        "Mengisi formulir di tautan",
        "Formulir itu bukan dari pemerintah. Jangan mengisi nomor rekening; bantuan diumumkan oleh desa.",
    ),
    Wording(
        Topic.DISASTER,
        _SHORT,
        _SERTA_MERTA,
        "Gempa besar diramalkan malam ini",
        "Gempa besar akan terjadi malam ini pukul 23.00. Kosongkan rumah.",
        "Tidur di luar rumah",
        "Gempa tidak dapat diramalkan. Ikuti keterangan BMKG saja.",
    ),
    Wording(
        Topic.HEALTH,
        _SHORT,
        _BERKALA,
        "Imunisasi pindah ke balai kecamatan",
        "Imunisasi bulan ini tidak di desa melainkan di balai kecamatan.",
        "Pergi ke balai kecamatan",
        "Imunisasi tetap di posyandu desa pada jadwal yang biasa.",
    ),
)

VERDICTS: Final[Sequence[Verdict]] = (Verdict.VERIFIED,) * 15 + (Verdict.UNPROVEN,) * 3 + (Verdict.UNCHECKED,) * 2
VERDICTS_ON_WRONG: Final[Sequence[Verdict]] = (
    (Verdict.VERIFIED,) * 8 + (Verdict.HOAX,) * 6 + (Verdict.UNPROVEN,) * 5 + (Verdict.UNCHECKED,)
)
BASES: Final = {
    Verdict.VERIFIED: "Sama dengan situs resmi penerbitnya",
    Verdict.UNPROVEN: "Sumbernya belum dapat dihubungi",
    Verdict.UNCHECKED: "Belum sempat diperiksa",
    Verdict.HOAX: "Dibantah oleh kantor yang disebut di dalamnya",
}
OUTCOMES: Final[Sequence[str]] = (
    "Disepakati: dikirim ke grup WhatsApp warga",
    "Disepakati: diumumkan sesudah salat Jumat",
    "Warga bertanya tentang jadwal dan syaratnya",
    "Ditunggu kepastian dari dinas",
)
ASPIRATIONS: Final[Sequence[tuple[AspirationKind, str]]] = (
    (AspirationKind.ASPIRATION, "Warga berharap layanan ini datang ke desa setiap bulan"),
    (AspirationKind.COMPLAINT, "Informasi datang sesudah batas waktunya lewat"),
    (AspirationKind.REQUEST, "Minta bahan dalam bahasa Lampung dan Jawa untuk pengeras suara"),
    (AspirationKind.QUESTION, "Apakah warga tanpa KTP setempat boleh mendaftar?"),
    (AspirationKind.SUGGESTION, "Sebaiknya jadwal ditempel juga di pasar"),
    (AspirationKind.RUMOUR, "Beredar kabar bahwa ada pungutan; benarkah?"),
)
REPLIES: Final[Sequence[str]] = (
    "Boleh; bawa surat keterangan dari desa",
    "Akan dijadwalkan bulan depan, desa dihubungi lebih dulu",
    "Tidak ada pungutan; laporkan bila diminta",
)
MATERIALS: Final[Sequence[str]] = (
    "Memeriksa hoaks",
    "Menulis berita desa",
    "Mengelola grup warga",
    "Keterbukaan informasi",
)
