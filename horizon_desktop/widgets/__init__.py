"""Qt widgets: render a view model, emit intents."""
