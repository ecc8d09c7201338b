-- Version 15: configs with entries that are no text, or are made from other entries.

-- Writer: api. Maps as entries_json: what is no text in base64, and what the texts that refer to other entries were made from.
ALTER TABLE config ADD COLUMN binary_json TEXT NOT NULL DEFAULT '{}';
ALTER TABLE config ADD COLUMN templates_json TEXT NOT NULL DEFAULT '{}';
ALTER TABLE config_version ADD COLUMN binary_json TEXT NOT NULL DEFAULT '{}';
ALTER TABLE config_version ADD COLUMN templates_json TEXT NOT NULL DEFAULT '{}';
