"""The admin origin: the REST API under ``/api/v1/`` and the pages under ``/admin/``, away from every widget.

**To add a resource to the API**, write one file ``api/resources/NAME.py`` and list it in
``api/resources/__init__.py``. The file holds

- the models of what is sent and answered: `Model` (pydantic, unknown members are refused);
- a function for each operation, ``def show(call: Call) -> Reply``: it blocks, calls the control plane and returns; what
  the control plane raises is answered with the right status (`admin.errors`);
- ``ROUTES``, one `Route` for each operation: method, path, the function, its `Access` (scopes and role; a test asks
  every route with every kind of credential), a sentence, the models, and an example. The contract is made of them.

Changes pass ``actor=call.actor`` on, so that the audit log knows who and from where, and
``check=call.check(etag_of)``, which the control plane calls inside its transaction with what is there, for ``If-Match``
and ``If-None-Match``. Lists take a `PageQuery` and return ``page_of(…)``. The tenant is ``call.tenant_id``
(``?tenant=``, ``default`` without).
``api/resources/connectors.py`` shows all of it.

**To add a page**, write ``pages/NAME.py`` with ``PAGES``, a tuple of `Page`, list it in ``pages/__init__.py``, and put
its template beside the others. A page's function gets a `Visit` and returns ``visit.render("NAME.html", …)``. Links are
made by ``link(…)``; forms carry ``{{ csrf_field }}``, and htmx sends the token by the ``hx-headers`` of ``base.html``.
Nothing is inline: the Content-Security-Policy admits scripts and styles of ``/admin/static/`` only.
"""
