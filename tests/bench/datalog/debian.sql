SELECT count(*) FROM edge;
CREATE TABLE path AS WITH RECURSIVE p(x,y) AS (SELECT x,y FROM edge UNION SELECT p.x, edge.y FROM p JOIN edge ON p.y=edge.x) SELECT * FROM p;
SELECT count(*) FROM path;
SELECT count(*) FROM path a JOIN path b ON a.x=b.y AND a.y=b.x WHERE a.x<>a.y;
