"""Whether a load balancer should send anybody here."""

from horizon_desktop.ports.hub_server import Page

PATH = "/health"


def health_page(*, is_draining: bool) -> Page:
    """Return 200 while the hub takes clients, 503 from the moment it begins to shut down."""
    if is_draining:
        return Page(status=503, body=b'{"status":"draining"}\n', content_type="application/json")
    return Page(status=200, body=b'{"status":"ok"}\n', content_type="application/json")
