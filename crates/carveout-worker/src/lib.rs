//! Server harness around carvings: worker and service placements.
