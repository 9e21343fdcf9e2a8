"""Network laboratory: NATs, firewalls, loss and roaming in namespaces."""
