"""All tables, whichever module describes them."""

from sqlalchemy import MetaData

from widget_service.storage import admin_models, execution_models, history_models
from widget_service.storage.models import Base

MODULES = (admin_models, execution_models, history_models)
"""Named, so that they are loaded: a table is known when its module is."""

METADATA: MetaData = Base.metadata
