BEGIN TRANSACTION;
CREATE TABLE "account" (
	name TEXT NOT NULL, 
	email TEXT NOT NULL, 
	email_verified BOOLEAN NOT NULL, 
	is_administrator BOOLEAN NOT NULL, 
	created TEXT NOT NULL, 
	password_hash TEXT NOT NULL, 
	totp_secret TEXT NOT NULL, 
	totp_counter BIGINT NOT NULL, 
	keys INTEGER NOT NULL, 
	handle TEXT NOT NULL, 
	skeleton TEXT NOT NULL, 
	must_change_password BOOLEAN NOT NULL, 
	had_factor BOOLEAN NOT NULL, 
	is_disabled BOOLEAN NOT NULL, 
	read_only_until TEXT, 
	vouched INTEGER NOT NULL, 
	vouched_until TEXT, 
	recovery_ready BOOLEAN NOT NULL, 
	CONSTRAINT pk_account PRIMARY KEY (name), 
	CONSTRAINT uq_account_handle UNIQUE (handle)
);
INSERT INTO "account" VALUES('ada','ada@example.org',1,0,'2026-11-21T09:30:00.000000Z','$argon2id$v=19$m=8,t=1,p=1$1SGSHtLdexz0NTRjVy6nTw$bs8nQuiajJtWoPKrHY6OwZcCT17UIuh0KsennJodY7U','GG6KAIEU5N4BE2SRPMQGVCGHHT5J5RXX',0,1,'Tf9Oo0DwqCPxXT9PAati6uDl2lecy4Ufjbnf6ExYsrM','ada',0,1,0,NULL,0,NULL,1);
INSERT INTO "account" VALUES('bob','bob@example.org',1,0,'2026-11-21T09:30:00.000000Z','$argon2id$v=19$m=8,t=1,p=1$fd7w218vK6c+T+5WTQ/fKw$bVYftTfckv2RHCL747iEA1Ury1034DyGRw5El6yYvnk','ICZEIEJGIHOXRXKPSO3MSGIN2RXABGIZ',0,1,'O6-_CIgqLRATMJOhuEM_UFY7k8FKzQW3kCjrHRJ5kCc','b0b',0,1,0,NULL,0,NULL,0);
INSERT INTO "account" VALUES('eve','eve@example.org',1,0,'2026-11-21T09:58:00.000000Z','$argon2id$v=19$m=8,t=1,p=1$TL3LJ2nQ+S6JS/GiAvCHdQ$txM6k4Eo0ZnwjpBpe2o/m0RovH4aZWPVAiWlHpXxIxw','A3PQKNYZQGRDPUHNCFDS7LT4STE2YDX7',0,0,'PJrVUUenFE9gZzJ8O4LqcOfFQmrdnO6k0H3CkCI5v54','eve',0,1,0,NULL,0,NULL,0);
INSERT INTO "account" VALUES('zed','removed:zed',0,0,'2026-11-21T09:58:00.000000Z','','',0,0,'removed:zed','zed',0,1,0,NULL,0,NULL,0);
INSERT INTO "account" VALUES('carol','carol@example.org',0,0,'2026-11-21T09:58:00.000000Z','','',0,0,'carol''s handle','car01',0,0,1,'2026-11-24T09:58:00.000000Z',0,NULL,0);
CREATE TABLE address (
	id INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	address TEXT NOT NULL, 
	folded TEXT NOT NULL, 
	is_primary BOOLEAN NOT NULL, 
	verified TEXT, 
	standing TEXT NOT NULL, 
	checked TEXT, 
	removed TEXT, 
	CONSTRAINT pk_address PRIMARY KEY (id), 
	CONSTRAINT fk_address_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "address" VALUES(1,'ada','ada@example.org','ada@example.org',1,'2026-11-21T09:30:00.000000Z','',NULL,NULL);
INSERT INTO "address" VALUES(2,'bob','bob@example.org','bob@example.org',1,'2026-11-21T09:30:00.000000Z','',NULL,NULL);
INSERT INTO "address" VALUES(3,'eve','eve@example.org','eve@example.org',1,'2026-11-21T09:58:00.000000Z','',NULL,NULL);
INSERT INTO "address" VALUES(4,'zed','zed@example.org','zed@example.org',1,'2026-11-21T09:58:00.000000Z','',NULL,'2026-11-21T09:58:00.000000Z');
INSERT INTO "address" VALUES(5,'ada','Ada@anvils.example','ada@anvils.example',0,'2026-11-21T09:58:00.000000Z','well','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "address" VALUES(6,'ada','ada@former.example','ada@former.example',0,'2026-11-21T09:58:00.000000Z','',NULL,'2026-11-21T09:58:00.000000Z');
INSERT INTO "address" VALUES(7,'carol','carol@example.org','carol@example.org',1,NULL,'',NULL,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004');
CREATE TABLE authenticator (
	id TEXT NOT NULL, 
	account TEXT NOT NULL, 
	label TEXT NOT NULL, 
	public_key TEXT NOT NULL, 
	counter BIGINT NOT NULL, 
	transports TEXT NOT NULL, 
	is_synced BOOLEAN NOT NULL, 
	created TEXT NOT NULL, 
	last_used TEXT, 
	CONSTRAINT pk_authenticator PRIMARY KEY (id), 
	CONSTRAINT fk_authenticator_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "authenticator" VALUES('key','ada','Blue key','public',7,'nfc usb',0,'2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z');
INSERT INTO "authenticator" VALUES('phone','bob','Phone','public too',0,'hybrid',1,'2026-11-21T09:58:00.000000Z',NULL);
CREATE TABLE change (
	serial INTEGER NOT NULL, 
	time TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version TEXT NOT NULL, 
	action TEXT NOT NULL, 
	CONSTRAINT pk_change PRIMARY KEY (serial)
);
INSERT INTO "change" VALUES(6,'2026-11-21T09:30:00.000000Z','anvil','','create');
INSERT INTO "change" VALUES(7,'2026-11-21T09:30:00.000000Z','anvil','','add owner ada');
INSERT INTO "change" VALUES(8,'2026-11-21T09:30:00.000000Z','anvil','1.0','new release');
INSERT INTO "change" VALUES(9,'2026-11-21T09:30:00.000000Z','anvil','1.0','add file anvil-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(10,'2026-11-21T09:37:00.000000Z','anvil','1.1','new release');
INSERT INTO "change" VALUES(11,'2026-11-21T09:37:00.000000Z','anvil','1.1','add file anvil-1.1-py3-none-any.whl');
INSERT INTO "change" VALUES(12,'2026-11-21T09:44:00.000000Z','anvil','2.0rc1','new release');
INSERT INTO "change" VALUES(13,'2026-11-21T09:44:00.000000Z','anvil','2.0rc1','add file anvil-2.0rc1-py3-none-any.whl');
INSERT INTO "change" VALUES(14,'2026-11-21T09:51:00.000000Z','anvil','2.0','new release');
INSERT INTO "change" VALUES(15,'2026-11-21T09:51:00.000000Z','anvil','2.0','add file anvil-2.0-py3-none-any.whl');
INSERT INTO "change" VALUES(16,'2026-11-21T09:58:00.000000Z','hammer','','create');
INSERT INTO "change" VALUES(17,'2026-11-21T09:58:00.000000Z','hammer','','add owner ada');
INSERT INTO "change" VALUES(18,'2026-11-21T09:58:00.000000Z','hammer','1.0','new release');
INSERT INTO "change" VALUES(19,'2026-11-21T09:58:00.000000Z','hammer','1.0','add file hammer-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(20,'2026-11-21T09:58:00.000000Z','tongs','','create');
INSERT INTO "change" VALUES(21,'2026-11-21T09:58:00.000000Z','tongs','','add owner ada');
INSERT INTO "change" VALUES(22,'2026-11-21T09:58:00.000000Z','tongs','1.0','new release');
INSERT INTO "change" VALUES(23,'2026-11-21T09:58:00.000000Z','tongs','1.0','add file tongs-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(24,'2026-11-21T09:58:00.000000Z','bellows','','create');
INSERT INTO "change" VALUES(25,'2026-11-21T09:58:00.000000Z','bellows','','add owner ada');
INSERT INTO "change" VALUES(26,'2026-11-21T09:58:00.000000Z','bellows','1.0','new release');
INSERT INTO "change" VALUES(27,'2026-11-21T09:58:00.000000Z','bellows','1.0','add file bellows-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(28,'2026-11-21T09:58:00.000000Z','gone','','create');
INSERT INTO "change" VALUES(29,'2026-11-21T09:58:00.000000Z','gone','','add owner ada');
INSERT INTO "change" VALUES(30,'2026-11-21T09:58:00.000000Z','gone','1.0','new release');
INSERT INTO "change" VALUES(31,'2026-11-21T09:58:00.000000Z','gone','1.0','add file gone-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(32,'2026-11-21T09:58:00.000000Z','anvil','1.1','yank release');
INSERT INTO "change" VALUES(33,'2026-11-21T09:58:00.000000Z','hammer','1.0','yank file hammer-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(34,'2026-11-21T09:58:00.000000Z','anvil','1.0','remove file anvil-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(35,'2026-11-21T09:58:00.000000Z','anvil','1.0','remove release');
INSERT INTO "change" VALUES(36,'2026-11-21T09:58:00.000000Z','tongs','1.0','remove file tongs-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(37,'2026-11-21T09:58:00.000000Z','tongs','1.0','remove release');
INSERT INTO "change" VALUES(38,'2026-11-21T09:58:00.000000Z','gone','1.0','remove file gone-1.0-py3-none-any.whl');
INSERT INTO "change" VALUES(39,'2026-11-21T09:58:00.000000Z','gone','1.0','remove release');
INSERT INTO "change" VALUES(40,'2026-11-21T09:58:00.000000Z','gone','','remove project');
INSERT INTO "change" VALUES(41,'2026-11-21T09:58:00.000000Z','bellows','','status quarantined');
CREATE TABLE counter (
	name TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	CONSTRAINT pk_counter PRIMARY KEY (name)
);
INSERT INTO "counter" VALUES('serial',44);
CREATE TABLE critical (
	project_id INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	designated TEXT NOT NULL, 
	enforced TEXT NOT NULL, 
	CONSTRAINT pk_critical PRIMARY KEY (project_id), 
	CONSTRAINT fk_critical_project_id FOREIGN KEY(project_id) REFERENCES project (id)
);
INSERT INTO "critical" VALUES(1,'named by the operator','2026-11-21T09:58:00.000000Z','2026-12-21T09:58:00.000000Z');
CREATE TABLE cursor (
	projector TEXT NOT NULL, 
	serial BIGINT NOT NULL, 
	CONSTRAINT pk_cursor PRIMARY KEY (projector)
);
INSERT INTO "cursor" VALUES('changelog',41);
INSERT INTO "cursor" VALUES('index-pages',41);
CREATE TABLE device (
	account TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	created TEXT NOT NULL, 
	seen TEXT NOT NULL, 
	agent TEXT NOT NULL, 
	CONSTRAINT pk_device PRIMARY KEY (account, fingerprint), 
	CONSTRAINT fk_device_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "device" VALUES('ada','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z','Firefox on Linux');
CREATE TABLE download (
	project_id INTEGER NOT NULL, 
	day TEXT NOT NULL, 
	count BIGINT NOT NULL, 
	CONSTRAINT pk_download PRIMARY KEY (project_id, day), 
	CONSTRAINT fk_download_project_id FOREIGN KEY(project_id) REFERENCES project (id)
);
INSERT INTO "download" VALUES(1,'2026-11-21',12);
INSERT INTO "download" VALUES(2,'2026-11-21',3);
CREATE TABLE enrolment (
	fingerprint TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	CONSTRAINT pk_enrolment PRIMARY KEY (fingerprint)
);
INSERT INTO "enrolment" VALUES('8cdc9e0f8e5c68a7d4d8a31cd79f8283efccb4ffa8812ebfeb4d356bd3c21f41','2026-11-22T09:58:00.000000Z');
CREATE TABLE "event" (
	serial INTEGER NOT NULL, 
	time TEXT NOT NULL, 
	event TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	project TEXT NOT NULL, 
	version TEXT NOT NULL, 
	filename TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	account TEXT NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (serial)
);
INSERT INTO "event" VALUES(1,'2026-11-21T09:30:00.000000Z','account.created','test','','','','{"account": "ada", "administrator": false, "second_factor": "totp"}','ada');
INSERT INTO "event" VALUES(2,'2026-11-21T09:30:00.000000Z','account.created','test','','','','{"account": "bob", "administrator": false, "second_factor": "totp"}','bob');
INSERT INTO "event" VALUES(3,'2026-11-21T09:30:00.000000Z','token.created','test','','','','{"account": "ada", "expires": "2027-11-21T09:30:00+00:00", "projects": null, "rights": ["publish", "yank"], "token": "4dff4ea340f0a823"}','ada');
INSERT INTO "event" VALUES(4,'2026-11-21T09:30:00.000000Z','token.created','test','','','','{"account": "ada", "expires": "2027-11-21T09:30:00+00:00", "projects": ["anvil"], "rights": ["publish"], "token": "3bafbf08882a2d10"}','ada');
INSERT INTO "event" VALUES(5,'2026-11-21T09:30:00.000000Z','token.revoked','ada','','','','{"account": "ada", "token": "3bafbf08882a2d10"}','ada');
INSERT INTO "event" VALUES(6,'2026-11-21T09:30:00.000000Z','project.created','ada','anvil','','','{}','');
INSERT INTO "event" VALUES(7,'2026-11-21T09:30:00.000000Z','role.granted','ada','anvil','','','{"role": "owner", "to": "ada"}','');
INSERT INTO "event" VALUES(8,'2026-11-21T09:30:00.000000Z','release.created','ada','anvil','1.0','','{}','');
INSERT INTO "event" VALUES(9,'2026-11-21T09:30:00.000000Z','file.published','ada','anvil','1.0','anvil-1.0-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "ae246c758053e26c0251028cf075f5be5bc023e64899e4e656e20b2516a2d824", "size": 955, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(10,'2026-11-21T09:37:00.000000Z','release.created','ada','anvil','1.1','','{}','');
INSERT INTO "event" VALUES(11,'2026-11-21T09:37:00.000000Z','file.published','ada','anvil','1.1','anvil-1.1-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "23b6d2def5208e38704fe3d15f11f9c6f72a89b8bb5c8fd5a881bb7e09a053e3", "size": 955, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(12,'2026-11-21T09:44:00.000000Z','release.created','ada','anvil','2.0rc1','','{}','');
INSERT INTO "event" VALUES(13,'2026-11-21T09:44:00.000000Z','file.published','ada','anvil','2.0rc1','anvil-2.0rc1-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "1f561da7ce397773448c7c51a00e95ba372e96c6bfd36908c3bf69e64af963e9", "size": 985, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(14,'2026-11-21T09:51:00.000000Z','release.created','ada','anvil','2.0','','{}','');
INSERT INTO "event" VALUES(15,'2026-11-21T09:51:00.000000Z','file.published','ada','anvil','2.0','anvil-2.0-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "597c8ec58561d0fbd8a337d66ca3330e27cec434193fec4742f9b46c4706c9f3", "size": 955, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(16,'2026-11-21T09:58:00.000000Z','project.created','ada','hammer','','','{}','');
INSERT INTO "event" VALUES(17,'2026-11-21T09:58:00.000000Z','role.granted','ada','hammer','','','{"role": "owner", "to": "ada"}','');
INSERT INTO "event" VALUES(18,'2026-11-21T09:58:00.000000Z','release.created','ada','hammer','1.0','','{}','');
INSERT INTO "event" VALUES(19,'2026-11-21T09:58:00.000000Z','file.published','ada','hammer','1.0','hammer-1.0-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "012340aa28f0fcec1725598d2e8e0fefd4520572ce9818e59917c2bbc1da57cc", "size": 922, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(20,'2026-11-21T09:58:00.000000Z','project.created','ada','tongs','','','{}','');
INSERT INTO "event" VALUES(21,'2026-11-21T09:58:00.000000Z','role.granted','ada','tongs','','','{"role": "owner", "to": "ada"}','');
INSERT INTO "event" VALUES(22,'2026-11-21T09:58:00.000000Z','release.created','ada','tongs','1.0','','{}','');
INSERT INTO "event" VALUES(23,'2026-11-21T09:58:00.000000Z','file.published','ada','tongs','1.0','tongs-1.0-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "9c06a53ccc64e84bb4d5d2d1c8d44dd8b749ad9f9da023b3de1a0298099b6ba4", "size": 909, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(24,'2026-11-21T09:58:00.000000Z','project.created','ada','bellows','','','{}','');
INSERT INTO "event" VALUES(25,'2026-11-21T09:58:00.000000Z','role.granted','ada','bellows','','','{"role": "owner", "to": "ada"}','');
INSERT INTO "event" VALUES(26,'2026-11-21T09:58:00.000000Z','release.created','ada','bellows','1.0','','{}','');
INSERT INTO "event" VALUES(27,'2026-11-21T09:58:00.000000Z','file.published','ada','bellows','1.0','bellows-1.0-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "c2454d3faedb78796eaca0d05ff7aa94532d0a1f6a24e8ef4d4572c11b9fab48", "size": 935, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(28,'2026-11-21T09:58:00.000000Z','project.created','ada','gone','','','{}','');
INSERT INTO "event" VALUES(29,'2026-11-21T09:58:00.000000Z','role.granted','ada','gone','','','{"role": "owner", "to": "ada"}','');
INSERT INTO "event" VALUES(30,'2026-11-21T09:58:00.000000Z','release.created','ada','gone','1.0','','{}','');
INSERT INTO "event" VALUES(31,'2026-11-21T09:58:00.000000Z','file.published','ada','gone','1.0','gone-1.0-py3-none-any.whl','{"kind": "bdist_wheel", "sha256": "79c078e1c02d7da2ef0f2ba1991331231130ce38ced5087e51e212b8ce410787", "size": 896, "token": "4dff4ea340f0a823"}','');
INSERT INTO "event" VALUES(32,'2026-11-21T09:58:00.000000Z','release.yanked','ada','anvil','1.1','','{"reason": "cracked"}','');
INSERT INTO "event" VALUES(33,'2026-11-21T09:58:00.000000Z','file.yanked','ada','hammer','1.0','hammer-1.0-py3-none-any.whl','{"reason": ""}','');
INSERT INTO "event" VALUES(34,'2026-11-21T09:58:00.000000Z','file.removed','ada','anvil','1.0','anvil-1.0-py3-none-any.whl','{"sha256": "ae246c758053e26c0251028cf075f5be5bc023e64899e4e656e20b2516a2d824"}','');
INSERT INTO "event" VALUES(35,'2026-11-21T09:58:00.000000Z','release.removed','ada','anvil','1.0','','{}','');
INSERT INTO "event" VALUES(36,'2026-11-21T09:58:00.000000Z','file.removed','ada','tongs','1.0','tongs-1.0-py3-none-any.whl','{"sha256": "9c06a53ccc64e84bb4d5d2d1c8d44dd8b749ad9f9da023b3de1a0298099b6ba4"}','');
INSERT INTO "event" VALUES(37,'2026-11-21T09:58:00.000000Z','release.removed','ada','tongs','1.0','','{}','');
INSERT INTO "event" VALUES(38,'2026-11-21T09:58:00.000000Z','file.removed','ada','gone','1.0','gone-1.0-py3-none-any.whl','{"sha256": "79c078e1c02d7da2ef0f2ba1991331231130ce38ced5087e51e212b8ce410787"}','');
INSERT INTO "event" VALUES(39,'2026-11-21T09:58:00.000000Z','release.removed','ada','gone','1.0','','{}','');
INSERT INTO "event" VALUES(40,'2026-11-21T09:58:00.000000Z','project.removed','ada','gone','','','{}','');
INSERT INTO "event" VALUES(41,'2026-11-21T09:58:00.000000Z','project.status.changed','ada','bellows','','','{"reason": "under review", "status": "quarantined"}','');
INSERT INTO "event" VALUES(42,'2026-11-21T09:58:00.000000Z','account.created','test','','','','{"account": "eve", "administrator": false, "second_factor": "totp"}','eve');
INSERT INTO "event" VALUES(43,'2026-11-21T09:58:00.000000Z','account.created','test','','','','{"account": "zed", "administrator": false, "second_factor": "totp"}','zed');
INSERT INTO "event" VALUES(44,'2026-11-21T09:58:00.000000Z','account.removed','zed','','','','{"account": "zed", "tokens_revoked": 0}','zed');
CREATE TABLE file (
	id INTEGER NOT NULL, 
	release_id INTEGER NOT NULL, 
	slot TEXT NOT NULL, 
	filename TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	tag TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	blake2b_256 TEXT NOT NULL, 
	md5 TEXT NOT NULL, 
	metadata_sha256 TEXT NOT NULL, 
	requires_python TEXT, 
	uploaded TEXT NOT NULL, 
	uploader TEXT NOT NULL, 
	yanked TEXT, 
	removed BOOLEAN NOT NULL, 
	CONSTRAINT pk_file PRIMARY KEY (id), 
	CONSTRAINT fk_file_release_id FOREIGN KEY(release_id) REFERENCES release (id), 
	CONSTRAINT uq_file_filename UNIQUE (filename), 
	CONSTRAINT uq_file_slot UNIQUE (slot)
);
INSERT INTO "file" VALUES(1,1,'pypi/anvil/1/py3-none-any','anvil-1.0-py3-none-any.whl','bdist_wheel','py3-none-any',955,'ae246c758053e26c0251028cf075f5be5bc023e64899e4e656e20b2516a2d824','071527696e6bde0348840e879615d1fdc88a5623718686d11f23aaa2eff93dd0','024c04db9ff77acb1ba31068cc87e599','525068ca63d724f67ecebbef50d12b6f8ce46c16022a32ac04341e3afe7dd60a','>=3.8','2026-11-21T09:30:00.000000Z','ada',NULL,1);
INSERT INTO "file" VALUES(2,2,'pypi/anvil/1.1/py3-none-any','anvil-1.1-py3-none-any.whl','bdist_wheel','py3-none-any',955,'23b6d2def5208e38704fe3d15f11f9c6f72a89b8bb5c8fd5a881bb7e09a053e3','c33201794d5e988dedcfb7433144d03091fa5a600f4115e0d98bb2be34369831','c565401c1b834698812b89cd43b1e2f4','c2598eb58ade709396adf717c16f7c5cbb07850224675127bf43663664d67d2c','>=3.8','2026-11-21T09:37:00.000000Z','ada',NULL,0);
INSERT INTO "file" VALUES(3,3,'pypi/anvil/2rc1/py3-none-any','anvil-2.0rc1-py3-none-any.whl','bdist_wheel','py3-none-any',985,'1f561da7ce397773448c7c51a00e95ba372e96c6bfd36908c3bf69e64af963e9','1f1d14a2228bd83f9b76f2a01c94d1fb04c124b11b98115a1f310c3d76c1bb47','be7b3617f340da87913bef80c31953d8','8eba618179d361e126a360af9964da6a077cb26041b7edcb90302881c28698e5','>=3.8','2026-11-21T09:44:00.000000Z','ada',NULL,0);
INSERT INTO "file" VALUES(4,4,'pypi/anvil/2/py3-none-any','anvil-2.0-py3-none-any.whl','bdist_wheel','py3-none-any',955,'597c8ec58561d0fbd8a337d66ca3330e27cec434193fec4742f9b46c4706c9f3','f5718d5888e13f58285346d9c7a730b468bfb61acf5a5a5c390c7134b23337ba','a2b5e5cdc51b1569f4defad0da44c1fe','aa1280a13797b0567a38f937ac28556dc6ff7b2e0c844ef2ba65a92d925b40dd','>=3.8','2026-11-21T09:51:00.000000Z','ada',NULL,0);
INSERT INTO "file" VALUES(5,5,'pypi/hammer/1/py3-none-any','hammer-1.0-py3-none-any.whl','bdist_wheel','py3-none-any',922,'012340aa28f0fcec1725598d2e8e0fefd4520572ce9818e59917c2bbc1da57cc','67a30852c46a4c3534ce4676110fb292010a360dba243cb622defb28a10761c2','9f7033fd2cefeb7cdfab1b24c2b762e5','8a7fc8352f56346fcfdc495a8aabd14f1b07ae741016120a69007b801d845a25',NULL,'2026-11-21T09:58:00.000000Z','ada','',0);
INSERT INTO "file" VALUES(6,6,'pypi/tongs/1/py3-none-any','tongs-1.0-py3-none-any.whl','bdist_wheel','py3-none-any',909,'9c06a53ccc64e84bb4d5d2d1c8d44dd8b749ad9f9da023b3de1a0298099b6ba4','11b6e39f2a4f38e1c43df325b8dc03de9a660db8d48c73d403c1d42ec0bd7af6','9eec0e3e8b6be66cfcf0d465d6384b8d','ce88b17baa4d144ae890692fe97aab502f60f5d5351ff43b2427e9323d05e38f',NULL,'2026-11-21T09:58:00.000000Z','ada',NULL,1);
INSERT INTO "file" VALUES(7,7,'pypi/bellows/1/py3-none-any','bellows-1.0-py3-none-any.whl','bdist_wheel','py3-none-any',935,'c2454d3faedb78796eaca0d05ff7aa94532d0a1f6a24e8ef4d4572c11b9fab48','d8cbb8791927f8722f975756b0b146a69c190d51219ca7ad5026300a0fe31c0c','be082040b96c550e8d2f9a18ba416fc0','259ff9e8a07dd2de9add6857eeed465e92fcf86888cce3af53757fbe69b2a545',NULL,'2026-11-21T09:58:00.000000Z','ada',NULL,0);
INSERT INTO "file" VALUES(8,8,'pypi/gone/1/py3-none-any','gone-1.0-py3-none-any.whl','bdist_wheel','py3-none-any',896,'79c078e1c02d7da2ef0f2ba1991331231130ce38ced5087e51e212b8ce410787','f0c21243a3cc09298732372dc47a57dc82bd5f68cc23a0a2c8e8c67a010d41a5','113fbf618b6fdffdf3c0971864754765','39a288287e371f5b0ae48a5f52277446ad4e87a7bad4b8c42d1201ac85096810',NULL,'2026-11-21T09:58:00.000000Z','ada',NULL,1);
CREATE TABLE held (
	filename TEXT NOT NULL, 
	project TEXT NOT NULL, 
	version TEXT NOT NULL, 
	claims TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	blake2b_256 TEXT NOT NULL, 
	md5 TEXT NOT NULL, 
	metadata_sha256 TEXT NOT NULL, 
	uploader TEXT NOT NULL, 
	token TEXT NOT NULL, 
	uploaded TEXT NOT NULL, 
	expires TEXT NOT NULL, started_by TEXT, 
	CONSTRAINT pk_held PRIMARY KEY (filename)
);
INSERT INTO "held" VALUES('hammer-3.0-py3-none-any.whl','pypi:hammer','3.0','{"metadata_version":["2.1"],"name":["hammer"],"version":["3.0"],"summary":["It is heavy"],"filetype":["bdist_wheel"],"pyversion":["py3"]}',922,'20b3712dec9928fae8fb3d206a3a4ba52789ec28d9ff7027081835aa04a0a136','acaa16c29e1825f5df3bfb5c1eecaf26cb1b313fdc91cf1181515ff8ce5c619d','c57340b8234f5892fb739f2236cab178','20b3712dec9928fae8fb3d206a3a4ba52789ec28d9ff7027081835aa04a0a136','bob','t','2026-11-21T09:58:00.000000Z','2026-12-05T09:58:00.000000Z','octo-ada');
CREATE TABLE identity (
	issuer TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	account TEXT NOT NULL, 
	groups TEXT NOT NULL, 
	seen TEXT NOT NULL, 
	CONSTRAINT pk_identity PRIMARY KEY (issuer, subject), 
	CONSTRAINT fk_identity_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "identity" VALUES('https://id.example.org','4711','bob','staff','2026-11-21T09:58:00.000000Z');
CREATE TABLE invitation (
	identifier TEXT NOT NULL, 
	account TEXT NOT NULL, 
	project TEXT NOT NULL, 
	organisation TEXT NOT NULL, 
	role TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	created TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	CONSTRAINT pk_invitation PRIMARY KEY (identifier), 
	CONSTRAINT fk_invitation_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "invitation" VALUES('i','carol','pypi:anvil','','reader','ada','2026-11-21T09:58:00.000000Z','2026-11-28T09:58:00.000000Z');
CREATE TABLE letter (
	id INTEGER NOT NULL, 
	"key" TEXT NOT NULL, 
	recipient TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	text TEXT NOT NULL, 
	html TEXT NOT NULL, 
	created TEXT NOT NULL, 
	due TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	problem TEXT NOT NULL, 
	CONSTRAINT pk_letter PRIMARY KEY (id), 
	CONSTRAINT uq_letter_key UNIQUE ("key")
);
INSERT INTO "letter" VALUES(1,'1 ada@example.org','ada@example.org','A new key','','','2026-11-21T09:58:00.000000Z','9999-12-31T00:00:00.000000Z',1,'550 no such user');
INSERT INTO "letter" VALUES(2,'2 bob@example.org','bob@example.org','A new key','Hello','<p>Hello</p>','2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z',0,'');
CREATE TABLE membership (
	organisation TEXT NOT NULL, 
	account TEXT NOT NULL, 
	role TEXT NOT NULL, 
	CONSTRAINT pk_membership PRIMARY KEY (organisation, account), 
	CONSTRAINT fk_membership_organisation FOREIGN KEY(organisation) REFERENCES organisation (name), 
	CONSTRAINT fk_membership_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "membership" VALUES('acme','ada','owner');
INSERT INTO "membership" VALUES('acme','bob','member');
CREATE TABLE organisation (
	name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	policy TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_organisation PRIMARY KEY (name)
);
INSERT INTO "organisation" VALUES('acme','Acme','two-people','2026-11-21T09:58:00.000000Z');
CREATE TABLE policy_ask (
	place TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	lifted TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	asked TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	CONSTRAINT pk_policy_ask PRIMARY KEY (place), 
	CONSTRAINT uq_policy_ask_identifier UNIQUE (identifier)
);
INSERT INTO "policy_ask" VALUES('acme','q','two-people','ada','2026-11-21T09:58:00.000000Z','2026-12-05T09:58:00.000000Z');
INSERT INTO "policy_ask" VALUES('pypi:hammer','r','attestations','ada','2026-11-21T09:58:00.000000Z','2026-12-05T09:58:00.000000Z');
CREATE TABLE "project" (
	id INTEGER NOT NULL, 
	ecosystem TEXT NOT NULL, 
	name TEXT NOT NULL, 
	display_name TEXT NOT NULL, 
	summary TEXT NOT NULL, 
	latest TEXT NOT NULL, 
	status TEXT NOT NULL, 
	status_reason TEXT NOT NULL, 
	serial BIGINT NOT NULL, 
	files INTEGER NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	created TEXT NOT NULL, 
	updated TEXT NOT NULL, 
	organisation TEXT, 
	is_private BOOLEAN NOT NULL, 
	policy TEXT NOT NULL, provenance_forgotten TEXT, 
	CONSTRAINT pk_project PRIMARY KEY (id), 
	CONSTRAINT fk_project_organisation FOREIGN KEY(organisation) REFERENCES organisation (name), 
	CONSTRAINT uq_project_ecosystem UNIQUE (ecosystem, name)
);
INSERT INTO "project" VALUES(1,'pypi','anvil','anvil','It is heavy','2.0','active','',35,3,2895,'2026-11-21T09:30:00.000000Z','2026-11-21T09:51:00.000000Z',NULL,0,'',NULL);
INSERT INTO "project" VALUES(2,'pypi','hammer','hammer','It is heavy','1.0','active','',33,1,922,'2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z','acme',0,'attestations',NULL);
INSERT INTO "project" VALUES(3,'pypi','tongs','tongs','It is heavy','','active','',37,0,0,'2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z',NULL,0,'',NULL);
INSERT INTO "project" VALUES(4,'pypi','bellows','bellows','It is heavy','1.0','quarantined','under review',41,1,935,'2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z',NULL,1,'','2026-11-21T09:58:00.000000Z');
INSERT INTO "project" VALUES(5,'pypi','gone','gone','It is heavy','','active','',40,0,0,'2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z',NULL,0,'',NULL);
CREATE TABLE provenance (
	file_id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	document TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	predicate_types TEXT NOT NULL, 
	claims TEXT NOT NULL, 
	log_index BIGINT NOT NULL, 
	verified TEXT NOT NULL, 
	trust_root TEXT NOT NULL, 
	CONSTRAINT pk_provenance PRIMARY KEY (file_id), 
	CONSTRAINT fk_provenance_file_id FOREIGN KEY(file_id) REFERENCES file (id), 
	CONSTRAINT fk_provenance_project_id FOREIGN KEY(project_id) REFERENCES project (id)
);
INSERT INTO "provenance" VALUES(5,2,'{}','acme/anvil','["https://slsa.dev/provenance/v1"]','{"source_repository_uri": "https://forge.example/acme/anvil"}',7,'2026-11-21T09:58:00.000000Z','6666666666666666666666666666666666666666666666666666666666666666');
CREATE TABLE recovery (
	identifier TEXT NOT NULL, 
	account TEXT NOT NULL, 
	requested TEXT NOT NULL, 
	ready TEXT, 
	proofs TEXT NOT NULL, 
	approvals TEXT NOT NULL, 
	source TEXT NOT NULL, 
	state TEXT NOT NULL, 
	electors TEXT NOT NULL, 
	quorum INTEGER NOT NULL, 
	second INTEGER NOT NULL, 
	CONSTRAINT pk_recovery PRIMARY KEY (identifier), 
	CONSTRAINT fk_recovery_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "recovery" VALUES('r','bob','2026-11-21T09:58:00.000000Z','2026-11-24T09:58:00.000000Z','address administrators','ada eve','192.0.2.7','open','',0,0);
CREATE TABLE recovery_code (
	fingerprint TEXT NOT NULL, 
	account TEXT NOT NULL, 
	created TEXT NOT NULL, 
	used TEXT, 
	CONSTRAINT pk_recovery_code PRIMARY KEY (fingerprint), 
	CONSTRAINT fk_recovery_code_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "recovery_code" VALUES('0000000000000000000000000000000000000000000000000000000000000000','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('1111111111111111111111111111111111111111111111111111111111111111','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('2222222222222222222222222222222222222222222222222222222222222222','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('3333333333333333333333333333333333333333333333333333333333333333','ada','2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z');
INSERT INTO "recovery_code" VALUES('4444444444444444444444444444444444444444444444444444444444444444','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('5555555555555555555555555555555555555555555555555555555555555555','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('6666666666666666666666666666666666666666666666666666666666666666','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('7777777777777777777777777777777777777777777777777777777777777777','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('8888888888888888888888888888888888888888888888888888888888888888','ada','2026-11-21T09:58:00.000000Z',NULL);
INSERT INTO "recovery_code" VALUES('9999999999999999999999999999999999999999999999999999999999999999','ada','2026-11-21T09:58:00.000000Z',NULL);
CREATE TABLE release (
	id INTEGER NOT NULL, 
	project_id INTEGER NOT NULL, 
	version TEXT NOT NULL, 
	identity TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	is_prerelease BOOLEAN NOT NULL, 
	created TEXT NOT NULL, 
	yanked TEXT, 
	closed BOOLEAN NOT NULL, 
	CONSTRAINT pk_release PRIMARY KEY (id), 
	CONSTRAINT fk_release_project_id FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_release_project_id UNIQUE (project_id, identity)
);
INSERT INTO "release" VALUES(1,1,'1.0','1','{"summary":"It is heavy","requires_python":">=3.8","version":"1.0","requires_dist":["hammer"],"name":"anvil","metadata_version":"2.1"}',0,'2026-11-21T09:30:00.000000Z',NULL,1);
INSERT INTO "release" VALUES(2,1,'1.1','1.1','{"summary":"It is heavy","requires_python":">=3.8","version":"1.1","requires_dist":["hammer"],"name":"anvil","metadata_version":"2.1"}',0,'2026-11-21T09:37:00.000000Z','cracked',0);
INSERT INTO "release" VALUES(3,1,'2.0rc1','2rc1','{"summary":"It is heavy","requires_python":">=3.8","version":"2.0rc1","requires_dist":["hammer"],"name":"anvil","metadata_version":"2.1"}',1,'2026-11-21T09:44:00.000000Z',NULL,0);
INSERT INTO "release" VALUES(4,1,'2.0','2','{"summary":"It is heavy","requires_python":">=3.8","version":"2.0","requires_dist":["hammer"],"name":"anvil","metadata_version":"2.1"}',0,'2026-11-21T09:51:00.000000Z',NULL,0);
INSERT INTO "release" VALUES(5,2,'1.0','1','{"version":"1.0","summary":"It is heavy","name":"hammer","metadata_version":"2.1"}',0,'2026-11-21T09:58:00.000000Z',NULL,0);
INSERT INTO "release" VALUES(6,3,'1.0','1','{"version":"1.0","summary":"It is heavy","name":"tongs","metadata_version":"2.1"}',0,'2026-11-21T09:58:00.000000Z',NULL,1);
INSERT INTO "release" VALUES(7,4,'1.0','1','{"version":"1.0","summary":"It is heavy","name":"bellows","metadata_version":"2.1"}',0,'2026-11-21T09:58:00.000000Z',NULL,0);
INSERT INTO "release" VALUES(8,5,'1.0','1','{"version":"1.0","summary":"It is heavy","name":"gone","metadata_version":"2.1"}',0,'2026-11-21T09:58:00.000000Z',NULL,1);
CREATE TABLE "role" (
	account TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	CONSTRAINT pk_role PRIMARY KEY (account, project_id, role), 
	CONSTRAINT fk_role_project_id FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_role_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "role" VALUES('ada',1,'owner');
INSERT INTO "role" VALUES('ada',2,'owner');
INSERT INTO "role" VALUES('ada',3,'owner');
INSERT INTO "role" VALUES('ada',4,'owner');
INSERT INTO "role" VALUES('ada',5,'owner');
INSERT INTO "role" VALUES('bob',1,'publisher');
CREATE TABLE session (
	fingerprint TEXT NOT NULL, 
	identifier TEXT NOT NULL, 
	account TEXT NOT NULL, 
	strength INTEGER NOT NULL, 
	proved TEXT NOT NULL, 
	created TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	seen TEXT NOT NULL, 
	source TEXT NOT NULL, 
	agent TEXT NOT NULL, 
	device TEXT NOT NULL, 
	replaces_until TEXT, 
	CONSTRAINT pk_session PRIMARY KEY (fingerprint), 
	CONSTRAINT fk_session_account FOREIGN KEY(account) REFERENCES account (name), 
	CONSTRAINT uq_session_identifier UNIQUE (identifier)
);
INSERT INTO "session" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','one','ada',3,'2026-11-21T09:58:00.000000Z','2026-11-21T09:58:00.000000Z','2026-11-21T21:58:00.000000Z','2026-11-21T09:58:00.000000Z','192.0.2.7','Firefox on Linux','dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','2026-11-21T21:58:00.000000Z');
CREATE TABLE spent_identity (
	digest TEXT NOT NULL, 
	until TEXT NOT NULL, 
	CONSTRAINT pk_spent_identity PRIMARY KEY (digest)
);
INSERT INTO "spent_identity" VALUES('5555555555555555555555555555555555555555555555555555555555555555','2026-11-21T10:08:00.000000Z');
CREATE TABLE tally (
	"key" TEXT NOT NULL, 
	slices TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	CONSTRAINT pk_tally PRIMARY KEY ("key")
);
INSERT INTO "tally" VALUES('password|device|300|dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','{"59841836": 1}','2026-11-21T10:04:00.000000Z');
INSERT INTO "tally" VALUES('password|device|86400|dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','{"207784": 1}','2026-11-22T14:46:00.000000Z');
CREATE TABLE team (
	organisation TEXT NOT NULL, 
	name TEXT NOT NULL, 
	created TEXT NOT NULL, 
	CONSTRAINT pk_team PRIMARY KEY (organisation, name), 
	CONSTRAINT fk_team_organisation FOREIGN KEY(organisation) REFERENCES organisation (name)
);
INSERT INTO "team" VALUES('acme','smiths','2026-11-21T09:58:00.000000Z');
CREATE TABLE team_member (
	organisation TEXT NOT NULL, 
	team TEXT NOT NULL, 
	account TEXT NOT NULL, 
	CONSTRAINT pk_team_member PRIMARY KEY (organisation, team, account), 
	CONSTRAINT fk_team_member_team FOREIGN KEY(organisation, team) REFERENCES team (organisation, name), 
	CONSTRAINT fk_team_member_account FOREIGN KEY(organisation, account) REFERENCES membership (organisation, account)
);
INSERT INTO "team_member" VALUES('acme','smiths','bob');
CREATE TABLE team_role (
	organisation TEXT NOT NULL, 
	team TEXT NOT NULL, 
	project_id INTEGER NOT NULL, 
	role TEXT NOT NULL, 
	CONSTRAINT pk_team_role PRIMARY KEY (organisation, team, project_id, role), 
	CONSTRAINT fk_team_role_project_id FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_team_role_team FOREIGN KEY(organisation, team) REFERENCES team (organisation, name)
);
INSERT INTO "team_role" VALUES('acme','smiths',2,'publisher');
CREATE TABLE ticket (
	fingerprint TEXT NOT NULL, 
	errand TEXT NOT NULL, 
	account TEXT, 
	detail TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	CONSTRAINT pk_ticket PRIMARY KEY (fingerprint)
);
INSERT INTO "ticket" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','verify-address','carol','{"address": "carol@example.org"}','2026-11-21T21:58:00.000000Z');
INSERT INTO "ticket" VALUES('cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','passkey',NULL,'{"challenge": "Y2hhbGxlbmdl"}','2026-11-21T21:58:00.000000Z');
CREATE TABLE "token" (
	identifier TEXT NOT NULL, 
	fingerprint TEXT NOT NULL, 
	account TEXT, 
	rights TEXT NOT NULL, 
	projects TEXT, 
	created TEXT NOT NULL, 
	expires TEXT NOT NULL, 
	revoked TEXT, 
	last_used TEXT, 
	strength INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	warned BOOLEAN NOT NULL, 
	prefixes TEXT NOT NULL, 
	networks TEXT NOT NULL, 
	parent TEXT NOT NULL, 
	publisher TEXT NOT NULL, 
	project_owner TEXT, started_by TEXT, 
	CONSTRAINT pk_token PRIMARY KEY (identifier), 
	CONSTRAINT fk_token_project_owner FOREIGN KEY(project_owner) REFERENCES account (name), 
	CONSTRAINT fk_token_account FOREIGN KEY(account) REFERENCES account (name), 
	CONSTRAINT uq_token_fingerprint UNIQUE (fingerprint)
);
INSERT INTO "token" VALUES('4dff4ea340f0a823','8c6613254256c17d58bbd31c29ea11f1b10c9cc1e82d3591300f031ac5a2fb9d','ada','publish yank',NULL,'2026-11-21T09:30:00.000000Z','2027-11-21T09:30:00.000000Z',NULL,'2026-11-21T09:30:00.000000Z',3,'',0,'','','','',NULL,NULL);
INSERT INTO "token" VALUES('3bafbf08882a2d10','6a52229e9b850f4106979f60d6a9b80cd4a1802359bc9b6665b20a811f14b439','ada','publish','pypi:anvil','2026-11-21T09:30:00.000000Z','2027-11-21T09:30:00.000000Z','2026-11-21T09:30:00.000000Z',NULL,3,'',0,'','','','',NULL,NULL);
INSERT INTO "token" VALUES('n','eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee','ada','read','','2026-11-21T09:58:00.000000Z','2026-11-30T09:58:00.000000Z',NULL,NULL,3,'',0,'acme-','192.0.2.0/24','p','',NULL,NULL);
INSERT INTO "token" VALUES('m','ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',NULL,'publish','pypi:anvil','2026-11-21T09:58:00.000000Z','2026-11-21T10:13:00.000000Z',NULL,NULL,3,'',0,'','','','pub',NULL,'octo-ada');
CREATE TABLE trusted_issuer (
	issuer TEXT NOT NULL, 
	provider TEXT NOT NULL, 
	CONSTRAINT pk_trusted_issuer PRIMARY KEY (issuer)
);
INSERT INTO "trusted_issuer" VALUES('https://gitlab.acme.example','gitlab');
CREATE TABLE trusted_publisher (
	identifier TEXT NOT NULL, 
	provider TEXT NOT NULL, 
	issuer TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	pinned TEXT NOT NULL, 
	ecosystem TEXT NOT NULL, 
	project TEXT NOT NULL, 
	account TEXT NOT NULL, 
	created TEXT NOT NULL, 
	expires TEXT, 
	last_used TEXT, 
	CONSTRAINT pk_trusted_publisher PRIMARY KEY (identifier)
);
INSERT INTO "trusted_publisher" VALUES('pub','github','https://token.actions.example','acme/anvil','{"owner": "acme", "repository": "anvil", "workflow": "release.yml"}','{"repository_id": "4711"}','pypi','anvil','ada','2026-11-21T09:58:00.000000Z',NULL,NULL);
CREATE TABLE voucher (
	code TEXT NOT NULL, 
	account TEXT, 
	given TEXT, 
	CONSTRAINT pk_voucher PRIMARY KEY (code), 
	CONSTRAINT fk_voucher_account FOREIGN KEY(account) REFERENCES account (name)
);
INSERT INTO "voucher" VALUES('KEY-1','ada','2026-11-21T09:58:00.000000Z');
INSERT INTO "voucher" VALUES('KEY-2',NULL,NULL);
CREATE INDEX ix_change_action ON change (action, serial);
CREATE INDEX ix_file_release_id ON file (release_id);
CREATE INDEX ix_file_sha256 ON file (sha256);
CREATE INDEX ix_address_account ON address (account);
CREATE INDEX ix_address_folded ON address (folded);
CREATE INDEX ix_letter_due ON letter (due);
CREATE INDEX ix_authenticator_account ON authenticator (account);
CREATE INDEX ix_recovery_code_account ON recovery_code (account);
CREATE INDEX ix_identity_account ON identity (account);
CREATE INDEX ix_voucher_account ON voucher (account);
CREATE INDEX ix_session_account ON session (account);
CREATE INDEX ix_session_expires ON session (expires);
CREATE INDEX ix_device_seen ON device (seen);
CREATE INDEX ix_ticket_account ON ticket (account);
CREATE INDEX ix_ticket_expires ON ticket (expires);
CREATE INDEX ix_tally_expires ON tally (expires);
CREATE INDEX ix_recovery_account ON recovery (account);
CREATE INDEX ix_download_day ON download (day);
CREATE INDEX ix_event_account ON event (account, serial) WHERE account != '';
CREATE INDEX ix_account_email ON account (email);
CREATE INDEX ix_account_skeleton ON account (skeleton);
CREATE INDEX ix_membership_account ON membership (account);
CREATE INDEX ix_team_member_account ON team_member (account);
CREATE INDEX ix_team_role_project_id ON team_role (project_id);
CREATE INDEX ix_project_updated ON project (updated);
CREATE INDEX ix_project_organisation ON project (organisation);
CREATE INDEX ix_role_project_id ON role (project_id);
CREATE INDEX ix_token_account ON token (account);
CREATE INDEX ix_token_parent ON token (parent);
CREATE INDEX ix_token_publisher ON token (publisher);
CREATE INDEX ix_invitation_account ON invitation (account);
CREATE INDEX ix_invitation_project ON invitation (project);
CREATE INDEX ix_invitation_organisation ON invitation (organisation);
CREATE INDEX ix_held_project ON held (project);
CREATE INDEX ix_held_expires ON held (expires);
CREATE INDEX ix_trusted_publisher_account ON trusted_publisher (account);
CREATE INDEX ix_trusted_publisher_expires ON trusted_publisher (expires);
CREATE INDEX ix_trusted_publisher_issuer_subject ON trusted_publisher (issuer, subject);
CREATE INDEX ix_trusted_publisher_project_ecosystem ON trusted_publisher (project, ecosystem);
CREATE INDEX ix_spent_identity_until ON spent_identity (until);
CREATE INDEX ix_provenance_project_id ON provenance (project_id);
CREATE INDEX ix_policy_ask_expires ON policy_ask (expires);
CREATE INDEX ix_device_fingerprint ON device (fingerprint);
COMMIT;
