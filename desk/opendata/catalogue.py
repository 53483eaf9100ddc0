"""The catalogue of what is published, as DCAT 3 in JSON-LD, for other catalogues to gather. Pure.

Addresses are absolute. Vocabularies are named where they are used; nothing is fetched to read it.
"""

import json
from typing import Any

from desk import language, times
from desk.opendata import bundle, publish
from desk.opendata.layouts import DATASETS
from desk.opendata.publish import FORMATS, LICENCE_URL
from desk.opendata.records import Public
from desk.refusals import N_

FILE = "catalog.jsonld"
MEDIA = "application/ld+json"
MOST_MEASURED = 2_000  # records; of more it would cost too much to say how large each file is
TITLE = N_("Open data of the smartphone desk")
ABOUT = N_("Free Wi-Fi, public facilities and smartphone classes, for anybody to use.")
BUNDLE_TITLE = N_("Everything in one file")
BUNDLE_ABOUT = N_("All the tables, with the towns, as an SQLite database for Datasette.")
STANDARD = "https://www.digital.go.jp/resources/open_data/municipal-standard-data-set-test"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_LANGUAGE = "http://id.loc.gov/vocabulary/iso639-1/ja"


def build(public: Public, *, site: str) -> bytes:
    """The catalogue; `site` is our own address."""
    folder = f"{site}{publish.FOLDER}"
    datasets = [_dataset(public, one, folder, site) for one in DATASETS]
    datasets.append(_bundle(public, folder, site))
    catalogue = {
        "@context": _CONTEXT,
        "@id": f"{folder}{FILE}",
        "@type": "dcat:Catalog",
        **_described(public, TITLE, ABOUT),
        **_dated(public, public.changed),
        "foaf:homepage": {"@id": folder},
        "dct:language": {"@id": _LANGUAGE},
        "dcat:dataset": datasets,
    }
    return json.dumps(catalogue, ensure_ascii=False, indent=1).encode()


def _dataset(public: Public, dataset: str, folder: str, site: str) -> dict[str, Any]:
    one = DATASETS[dataset]
    measured = len(public.records[dataset]) <= MOST_MEASURED
    return {
        "@id": f"{folder}#{dataset}",
        "@type": "dcat:Dataset",
        **_described(public, one.title, one.about, name=one.name),
        **_dated(public, public.modified[dataset]),
        "dct:identifier": f"{public.code}_{one.file}",
        "dct:source": public.sources(dataset),
        "dcat:landingPage": {"@id": folder},
        "dcat:distribution": [
            _distribution(
                f"{site}{publish.path(public, dataset, form)}",
                folder,
                made.name,
                made.media,
                size=len(made.write(public, dataset)) if measured else None,
                follows={"dct:conformsTo": {"@id": STANDARD}} if form == "csv" else {},
            )
            for form, made in FORMATS.items()
        ],
    }


def _bundle(public: Public, folder: str, site: str) -> dict[str, Any]:
    return {
        "@id": f"{folder}#all",
        "@type": "dcat:Dataset",
        **_described(public, BUNDLE_TITLE, BUNDLE_ABOUT),
        **_dated(public, public.changed),
        "dct:identifier": f"{public.code}_all",
        "dct:hasPart": [{"@id": f"{folder}#{dataset}"} for dataset in DATASETS],
        "dcat:landingPage": {"@id": folder},
        "dcat:distribution": [
            _distribution(f"{site}{bundle.path(public)}", folder, "SQLite", bundle.MEDIA)
        ],
    }


def _described(public: Public, title: str, about: str, *, name: str = "") -> dict[str, Any]:
    return {
        "dct:title": _said(title, ja=name),
        "dct:description": _said(about),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": public.publisher},
        "dct:license": {"@id": LICENCE_URL},
    }


def _said(msgid: str, *, ja: str = "") -> list[dict[str, str]]:
    """A sentence in every language of the desk."""
    said = {lang: language.catalogue(lang).gettext(msgid) for lang in language.LANGUAGES}
    said["ja"] = ja or said["ja"]
    return [{"@language": lang, "@value": text} for lang, text in said.items()]


def _dated(public: Public, modified: Any) -> dict[str, Any]:
    moments = {"dct:issued": public.issued, "dct:modified": modified}
    return {
        key: {"@type": "xsd:dateTime", "@value": times.stamp(moment)}
        for key, moment in moments.items()
        if moment
    }


def _distribution(
    address: str,
    folder: str,
    name: str,
    media: str,
    *,
    size: int | None = None,
    follows: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "@id": address,
        "@type": "dcat:Distribution",
        "dct:format": name,
        "dcat:mediaType": {"@id": f"{_MEDIA_TYPES}{media}"},
        "dcat:accessURL": {"@id": folder},
        "dcat:downloadURL": {"@id": address},
        "dct:license": {"@id": LICENCE_URL},
        **(follows or {}),
        **(
            {"dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(size)}}
            if size is not None
            else {}
        ),
    }
