CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE definitions (
	tenant_id VARCHAR(63) NOT NULL, 
	permalink VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	registry_id VARCHAR(255), 
	definition TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	secrets TEXT NOT NULL, 
	variables TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_definitions PRIMARY KEY (tenant_id, permalink), 
	CONSTRAINT fk_definitions_registries FOREIGN KEY(tenant_id, registry_id) REFERENCES registries (tenant_id, id), 
	CONSTRAINT ck_definitions_permalink CHECK (length(permalink) BETWEEN 1 AND 255 AND permalink = lower(permalink)), 
	CONSTRAINT ck_definitions_kind CHECK (kind IN ('connector', 'composite')), 
	CONSTRAINT fk_definitions_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "definitions" VALUES('default','rose','connector','garden','{"name": "Rose"}','dbc168eee8f6e6aca68c3e7f51240b10fde8081680ff98dfdb46b28d78417223','["api_key"]','[]','2026-11-24 12:00:00.000000','2026-11-24 12:00:00.000000',7);
CREATE TABLE named_values (
	tenant_id VARCHAR(63) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	version INTEGER NOT NULL, 
	value TEXT, 
	ciphertext BLOB, 
	key_id VARCHAR(64), 
	origins TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_named_values PRIMARY KEY (tenant_id, name), 
	CONSTRAINT fk_named_values_tenant_keys FOREIGN KEY(tenant_id, key_id) REFERENCES tenant_keys (tenant_id, id), 
	CONSTRAINT ck_named_values_name CHECK (length(name) BETWEEN 1 AND 255), 
	CONSTRAINT ck_named_values_version CHECK (version >= 1), 
	CONSTRAINT ck_named_values_kind CHECK ((kind = 'secret' AND value IS NULL AND ciphertext IS NOT NULL AND key_id IS NOT NULL) OR (kind = 'variable' AND value <> '' AND value IS NOT NULL AND ciphertext IS NULL AND key_id IS NULL)), 
	CONSTRAINT fk_named_values_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "named_values" VALUES('default','api_key','secret',1,NULL,X'0102','k1','["https://api.example.com"]','2026-11-24 12:00:00.000000','2026-11-24 12:00:00.000000',7);
INSERT INTO "named_values" VALUES('default','region','variable',1,'eu',NULL,NULL,'[]','2026-11-24 12:00:00.000000','2026-11-24 12:00:00.000000',7);
CREATE TABLE registries (
	tenant_id VARCHAR(63) NOT NULL, 
	id VARCHAR(255) NOT NULL, 
	source TEXT NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	applied_at DATETIME NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_registries PRIMARY KEY (tenant_id, id), 
	CONSTRAINT ck_registries_name CHECK (length(id) BETWEEN 1 AND 255), 
	CONSTRAINT ck_registries_kind CHECK (kind IN ('path', 'git')), 
	CONSTRAINT fk_registries_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "registries" VALUES('default','garden','/srv/garden','path','d1','2026-11-24 12:00:00.000000',7);
CREATE TABLE revisions (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	tenant_id VARCHAR(63), 
	at DATETIME NOT NULL, 
	actor VARCHAR(255) NOT NULL, 
	action VARCHAR(255) NOT NULL, 
	summary TEXT NOT NULL
);
INSERT INTO "revisions" VALUES(7,'default','2026-11-24 12:00:00.000000','anna@example.com','init','{}');
CREATE TABLE tenant_keys (
	tenant_id VARCHAR(63) NOT NULL, 
	id VARCHAR(64) NOT NULL, 
	master_key_id VARCHAR(64) NOT NULL, 
	blob BLOB NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_tenant_keys PRIMARY KEY (tenant_id, id), 
	CONSTRAINT fk_tenant_keys_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "tenant_keys" VALUES('default','k1','m1',X'0001',1,'2026-11-24 12:00:00.000000',7);
CREATE TABLE tenants (
	id VARCHAR(63) NOT NULL, 
	hosts TEXT NOT NULL, 
	origins TEXT NOT NULL, 
	allow_anonymous BOOLEAN NOT NULL, 
	settings TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	revision INTEGER NOT NULL, 
	CONSTRAINT pk_tenants PRIMARY KEY (id), 
	CONSTRAINT ck_tenants_name CHECK (length(id) BETWEEN 1 AND 63 AND id = lower(id))
);
INSERT INTO "tenants" VALUES('default','["widgets.example.com"]','["https://www.example.com"]',1,'{"theme":"dark"}','2026-11-24 12:00:00.000000',7);
CREATE UNIQUE INDEX ix_tenant_keys_current ON tenant_keys (tenant_id) WHERE is_current;
CREATE INDEX ix_definitions_tenant_id_registry_id ON definitions (tenant_id, registry_id);
CREATE INDEX ix_revisions_tenant_id_number ON revisions (tenant_id, number);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('revisions',7);
