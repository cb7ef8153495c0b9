"""A Creatio site in one process: login, OData 4, DataService, system settings, and what the product does behind them.

Start at `site.CreatioSite`. It is as awkward as the real product (facts/creatio.md) and shares no code with the program
that is tested against it. `options.Options` holds every behaviour that differs between sites; `desk.Desk` is a person
sitting at the product's own pages.
"""
