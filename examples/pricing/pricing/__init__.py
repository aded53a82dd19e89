"""An options desk's pricing service: six endpoints, six kinds of operation."""
