"""What is known: `/v1/about`, `/v1/gpus`, `/v1/presets`, `/v1/vocabulary`, `/v1/catalog/...`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import Response

from rigfit.schema.api import About, CardNames, CatalogEntry, Vocabulary
from rigfit.schema.catalog import Preset
from rigfit.web.routes.common import NAMED, READ, Uses, sent
from rigfit.web.work import catalog as work

router = APIRouter(tags=["catalog"])
Collection = Annotated[str, Path(max_length=80, examples=["models"], description="models, gpus, runtimes, tasks, ...")]


@router.get("/about", operation_id="getAbout", response_model=About, responses=READ)
async def about(uses: Uses) -> Response:
    """Version, digests of catalog and rules, and how much there is of everything."""
    return sent(await uses.kept(work.about))


@router.get("/gpus", operation_id="listGpus", response_model=CardNames, responses=READ)
async def gpus(uses: Uses) -> Response:
    """Every graphics card and chip, as much as a list to choose from needs."""
    return sent(await uses.kept(work.gpus))


@router.get("/presets", operation_id="listPresets", response_model=list[Preset], responses=READ)
async def presets(uses: Uses) -> Response:
    """The presets. The `request` of each is a body for `/v1/solve`: what `rigfit presets --json` prints."""
    return sent(await uses.kept(work.presets))


@router.get("/vocabulary", operation_id="getVocabulary", response_model=Vocabulary, responses=READ)
async def vocabulary(uses: Uses) -> Response:
    """The words of a request with their titles: tasks, features, styles, profiles, runtimes, models."""
    return sent(await uses.kept(work.vocabulary))


@router.get("/catalog/{collection}", operation_id="listCatalog", response_model=list[dict[str, Any]], responses=NAMED)
async def collection(uses: Uses, collection: Collection) -> Response:
    """All entries of a collection: what `rigfit catalog list NAME --json` prints."""
    return sent(await uses.kept(work.collection, collection))


@router.get("/catalog/{collection}/{entry}", operation_id="showCatalog", response_model=CatalogEntry, responses=NAMED)
async def entry(
    uses: Uses, collection: Collection, entry: Annotated[str, Path(max_length=80, examples=["flux1-dev"])]
) -> Response:
    """One entry, and the sources of its facts with the claims that were not taken."""
    return sent(await uses.kept(work.entry, collection, entry))
