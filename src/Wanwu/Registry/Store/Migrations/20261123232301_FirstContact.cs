using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Wanwu.Registry.Store.Migrations
{
    /// <inheritdoc />
    public partial class FirstContact : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "FormerEnds",
                table: "Things",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "FormerEndsAtUse",
                table: "Things",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<byte[]>(
                name: "FormerSecret",
                table: "Things",
                type: "BLOB",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "QuarantineReason",
                table: "Things",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Quarantined",
                table: "Things",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "QuarantinedBy",
                table: "Things",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "RegistersWith",
                table: "Things",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "Bans",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Scheme = table.Column<string>(type: "TEXT", nullable: true),
                    Value = table.Column<string>(type: "TEXT", nullable: true),
                    Network = table.Column<string>(type: "TEXT", nullable: true),
                    Reason = table.Column<string>(type: "TEXT", nullable: false),
                    Created = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    Expires = table.Column<long>(type: "INTEGER", nullable: true),
                    Ended = table.Column<long>(type: "INTEGER", nullable: true),
                    EndedBy = table.Column<string>(type: "TEXT", nullable: true),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Bans", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Bindings",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Scheme = table.Column<string>(type: "TEXT", nullable: false),
                    Value = table.Column<string>(type: "TEXT", nullable: false),
                    ThingId = table.Column<string>(type: "TEXT", maxLength: 26, nullable: false),
                    Secret = table.Column<byte[]>(type: "BLOB", nullable: true),
                    IsClear = table.Column<bool>(type: "INTEGER", nullable: false),
                    Networks = table.Column<string>(type: "TEXT", nullable: true),
                    IsRemoved = table.Column<bool>(type: "INTEGER", nullable: false),
                    Created = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Bindings", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Bindings_Things_ThingId",
                        column: x => x.ThingId,
                        principalTable: "Things",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "RegistrationKeys",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Hash = table.Column<byte[]>(type: "BLOB", nullable: false),
                    ModelId = table.Column<string>(type: "TEXT", nullable: true),
                    Organisation = table.Column<string>(type: "TEXT", nullable: true),
                    Region = table.Column<string>(type: "TEXT", nullable: true),
                    GatewayId = table.Column<string>(type: "TEXT", maxLength: 26, nullable: true),
                    Scheme = table.Column<string>(type: "TEXT", nullable: false),
                    NeedsApproval = table.Column<bool>(type: "INTEGER", nullable: false),
                    AtMost = table.Column<int>(type: "INTEGER", nullable: true),
                    Used = table.Column<int>(type: "INTEGER", nullable: false),
                    Allowed = table.Column<string>(type: "TEXT", nullable: true),
                    Networks = table.Column<string>(type: "TEXT", nullable: true),
                    Created = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    Expires = table.Column<long>(type: "INTEGER", nullable: true),
                    Ended = table.Column<long>(type: "INTEGER", nullable: true),
                    EndedBy = table.Column<string>(type: "TEXT", nullable: true),
                    Sequence = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_RegistrationKeys", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "UnknownDevices",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    Door = table.Column<string>(type: "TEXT", nullable: false),
                    Scheme = table.Column<string>(type: "TEXT", nullable: false),
                    Value = table.Column<string>(type: "TEXT", nullable: false),
                    First = table.Column<long>(type: "INTEGER", nullable: false),
                    Last = table.Column<long>(type: "INTEGER", nullable: false),
                    Count = table.Column<long>(type: "INTEGER", nullable: false),
                    Address = table.Column<string>(type: "TEXT", nullable: false),
                    Said = table.Column<string>(type: "TEXT", nullable: true),
                    RegistersWith = table.Column<Guid>(type: "TEXT", nullable: true),
                    IsWaiting = table.Column<bool>(type: "INTEGER", nullable: false),
                    Secret = table.Column<byte[]>(type: "BLOB", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_UnknownDevices", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Bans_Sequence",
                table: "Bans",
                column: "Sequence");

            migrationBuilder.CreateIndex(
                name: "IX_Bindings_Scheme_Value",
                table: "Bindings",
                columns: new[] { "Scheme", "Value" },
                unique: true,
                filter: "IsRemoved = 0");

            migrationBuilder.CreateIndex(
                name: "IX_Bindings_Sequence",
                table: "Bindings",
                column: "Sequence");

            migrationBuilder.CreateIndex(
                name: "IX_Bindings_ThingId",
                table: "Bindings",
                column: "ThingId");

            migrationBuilder.CreateIndex(
                name: "IX_RegistrationKeys_Sequence",
                table: "RegistrationKeys",
                column: "Sequence");

            migrationBuilder.CreateIndex(
                name: "IX_UnknownDevices_Door_Scheme_Value",
                table: "UnknownDevices",
                columns: new[] { "Door", "Scheme", "Value" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Bans");

            migrationBuilder.DropTable(
                name: "Bindings");

            migrationBuilder.DropTable(
                name: "RegistrationKeys");

            migrationBuilder.DropTable(
                name: "UnknownDevices");

            migrationBuilder.DropColumn(
                name: "FormerEnds",
                table: "Things");

            migrationBuilder.DropColumn(
                name: "FormerEndsAtUse",
                table: "Things");

            migrationBuilder.DropColumn(
                name: "FormerSecret",
                table: "Things");

            migrationBuilder.DropColumn(
                name: "QuarantineReason",
                table: "Things");

            migrationBuilder.DropColumn(
                name: "Quarantined",
                table: "Things");

            migrationBuilder.DropColumn(
                name: "QuarantinedBy",
                table: "Things");

            migrationBuilder.DropColumn(
                name: "RegistersWith",
                table: "Things");
        }
    }
}
